"""Draws measured noise of encrypted answers beside its bounds, docs/images/lattice-noise.svg.

    test_lattice --gtest_filter='Answer.EveryWidth*' --gtest_output=json:noise.json
    python3 tools/plot_lattice_noise.py noise.json docs/images/lattice-noise.svg

The test records, for each parameter set and message width l, logarithms to base 2 of |v|/q: the greatest and the
root mean square that it saw, and the bounds that the protocol counts on (docs/lattice.md, "Correctness").
"""

import json
import sys
from html import escape

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 400, 60, 24, 48
PANEL = 410
SERIES = [
    ("greatest, bound", "#0072b2", "4 3"),
    ("greatest, measured", "#0072b2", ""),
    ("mean, bound", "#d55e00", "4 3"),
    ("mean, measured", "#d55e00", ""),
]


def rows(path):
    """[(set, l, greatest bound, greatest measured, mean bound, mean measured)]"""
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    found = []
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            for key, value in test.items():
                if key.startswith("noise_"):
                    _, name, width = key.split("_")
                    found.append((name, int(width), *map(float, value.split())))
    if not found:
        sys.exit("no noise was recorded there: run Answer.EveryWidthDecryptsAndStaysWithinTheBounds")
    return found


def panel(points, left, title, low, high):
    height = HEIGHT - TOP - BOTTOM
    y_of = lambda value: TOP + height * (high - value) / (high - low)
    x_of = lambda width: left + PANEL * width / 42
    parts = [f'<text x="{left}" y="{TOP - 8}">{escape(title)}</text>']
    for value in range(low, high + 1, 10):
        parts.append(f'<line class="grid" x1="{left}" y1="{y_of(value):.1f}" x2="{left + PANEL}" y2="{y_of(value):.1f}"/>')
        parts.append(f'<text x="{left - 6}" y="{y_of(value) + 4:.1f}" text-anchor="end">{value}</text>')
    for width in range(0, 41, 8):
        parts.append(f'<text x="{x_of(width):.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{width}</text>')
    parts.append(f'<text x="{left + PANEL / 2}" y="{HEIGHT - 12}" text-anchor="middle">bits of the message, l</text>')
    # Noise and flood together have to stay below half the distance between messages, 2^-l.
    path = " ".join(f"{x_of(p[1]):.1f},{y_of(max(low, -p[1] - 1)):.1f}" for p in points)
    parts.append(f'<polyline fill="none" stroke="#888" points="{path}"><title>half the distance between messages</title></polyline>')
    for at, (name, colour, dashes) in enumerate(SERIES):
        path = " ".join(f"{x_of(p[1]):.1f},{y_of(p[2 + at]):.1f}" for p in points)
        style = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<polyline fill="none" stroke="{colour}"{style} points="{path}"><title>{name}</title></polyline>')
        if dashes:
            continue
        for p in points:
            parts.append(f'<circle cx="{x_of(p[1]):.1f}" cy="{y_of(p[2 + at]):.1f}" r="2.5" fill="{colour}">'
                         f"<title>l = {p[1]}: 2^{p[2 + at]:.1f}</title></circle>")
    return parts


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found = rows(sys.argv[1])
    low = int(min(min(row[2:]) for row in found) // 10 * 10)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<style>svg { font: 11px system-ui, sans-serif; fill: #1a1a1a; background: #fff; } .grid { stroke: #ddd; }</style>",
        "<title>Noise of encrypted answers</title>",
        "<desc>Logarithm of |v|/q by message width; dashed: bounds, full: measured, blue: greatest, orange: mean, "
        "grey: half the distance between messages.</desc>",
    ]
    for place, name in enumerate(["small", "large"]):
        points = sorted(row for row in found if row[0] == name)
        parts += panel(points, LEFT + place * (PANEL + 60), f"{name} set: log2 of |v|/q", low, 0)
    legend = [("half the distance between messages", "#888", "")] + SERIES
    for at, (name, colour, dashes) in enumerate(legend):
        y = TOP + 14 * (at + 8)
        style = f' stroke-dasharray="{dashes}"' if dashes else ""
        parts.append(f'<line stroke="{colour}"{style} x1="{LEFT + 190}" y1="{y}" x2="{LEFT + 212}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT + 218}" y="{y + 4}">{name}</text>')
    parts.append("</svg>")
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
