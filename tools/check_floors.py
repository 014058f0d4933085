#!/usr/bin/env python3
"""Holds src/ to the order of the house (docs/architecture.md).

* every folder of src/ is a floor in the table below;
* a file includes files of its own folder and of strictly lower floors, and nothing else of src/;
* no file includes itself through others;
* files stay short: a warning beyond 400 lines, an error beyond 450.

usage: check_floors.py [--self-test] [SOURCE_FOLDER]
Exit status: 0 in order, 1 not in order (one line each: file:line: what), 2 wrong use.
"""

import pathlib
import re
import sys
import tempfile

FLOORS = {
    "base": 1,
    "ring": 2,
    "crypto": 2,
    "net": 2,
    "data": 2,
    "nn": 3,
    "ot": 3,
    "lattice": 3,
    "mpc": 4,
    "onnx": 4,
    "plan": 5,
    "engine": 6,
    "search": 6,
    "quant": 7,
    "service": 7,
    "cli": 8,
}
WARN_LINES = 400
MAX_LINES = 450
SOURCE_SUFFIXES = {".h", ".cc"}
INCLUDE = re.compile(r'\s*#\s*include\s*(["<])([^">]+)[">]')


class Tree:
    """The source files below a folder, their lines, and what each includes of the others."""

    def __init__(self, root):
        self.root = root
        paths = sorted(path for path in root.rglob("*") if path.suffix in SOURCE_SUFFIXES)
        self.lines = {p.relative_to(root).as_posix(): p.read_text("utf-8").splitlines() for p in paths}
        self.folders = sorted(path.name for path in root.iterdir() if path.is_dir() and any(path.iterdir()))

    def includes(self, name):
        """(line number, path from src/, path as written) for each include directive of a file. Quotes also find a
        file beside the including one, angle brackets do not."""
        for number, line in enumerate(self.lines[name], start=1):
            match = INCLUDE.match(line)
            if match:
                quoted, target = match.group(1) == '"', match.group(2)
                beside = f"{name.split('/')[0]}/{target}"
                yield number, beside if quoted and beside in self.lines else target, target

    def place(self, name, line):
        return f"{self.root / name}:{line}"


def check_folders(tree):
    for folder in tree.folders:
        if folder not in FLOORS:
            yield f"{tree.root / folder}:1: is no floor: give it a number in tools/check_floors.py"
    for name in tree.lines:
        if name.count("/") != 1:
            yield f"{tree.place(name, 1)}: a source file lies directly in the folder of its floor"


def check_includes(tree):
    for name in tree.lines:
        folder = name.split("/")[0]
        for line, target, written in tree.includes(name):
            target_folder = target.split("/")[0]
            if target != written:
                yield f'{tree.place(name, line)}: write the include as "{target}"'
            elif target_folder in FLOORS and target_folder != folder and folder in FLOORS:
                if FLOORS[target_folder] >= FLOORS[folder]:
                    yield (
                        f"{tree.place(name, line)}: {folder} (floor {FLOORS[folder]}) includes {target} "
                        f"(floor {FLOORS[target_folder]}); only lower floors are allowed"
                    )


def check_cycles(tree):
    """Depth-first; a file met again while it is still being visited closes a cycle."""
    done = set()
    path = []

    def visit(name):
        path.append(name)
        for line, target, _ in tree.includes(name):
            if target in path:
                cycle = path[path.index(target):] + [target]
                yield f"{tree.place(name, line)}: closes the include cycle {' -> '.join(cycle)}"
            elif target in tree.lines and target not in done:
                yield from visit(target)
        path.pop()
        done.add(name)

    for name in tree.lines:
        if name not in done:
            yield from visit(name)


def check_lengths(tree):
    for name, lines in tree.lines.items():
        if len(lines) > MAX_LINES:
            yield f"{tree.place(name, len(lines))}: {len(lines)} lines; split it (at most {MAX_LINES})"


def warn_lengths(tree):
    for name, lines in tree.lines.items():
        if WARN_LINES < len(lines) <= MAX_LINES:
            yield f"{tree.place(name, len(lines))}: warning: {len(lines)} lines; better below {WARN_LINES}"


def violations(tree):
    return [v for check in (check_folders, check_includes, check_cycles, check_lengths) for v in check(tree)]


def self_test():
    """Builds a tree with one violation of each kind and demands exactly these."""
    files = {
        "base/error.h": "#include <string>\n",
        "base/up.h": '#include "base/error.h"\n#include "mpc/compare.h"\n',
        "net/sideways.h": '#include "data/picture.h"\n',
        "net/bracket.h": "#include <mpc/compare.h>\n",
        "data/picture.h": '#include "base/error.h"\n#include "hwy/highway.h"\n#include "schema.pb.h"\n',
        "data/library.h": "#include <picture.h>\n",
        "data/sibling.h": '  #  include "picture.h"\n',
        "mpc/compare.h": '#include "mpc/digit.h"\n',
        "mpc/digit.h": '#include "mpc/tree.h"\n',
        "mpc/tree.h": '// #include "cli/main.h"\n#include "mpc/compare.h"\n',
        "mpc/deep/down.h": "\n",
        "ring/long.cc": "\n" * (MAX_LINES + 1),
        "ring/longish.cc": "\n" * (WARN_LINES + 1),
        "attic/old.h": '#include "base/error.h"\n',
    }
    expected = {
        ("attic:1", "is no floor"),
        ("mpc/deep/down.h:1", "directly in the folder"),
        ("base/up.h:2", "only lower floors"),
        ("net/sideways.h:1", "only lower floors"),
        ("net/bracket.h:1", "only lower floors"),
        ("data/sibling.h:1", 'write the include as "data/picture.h"'),
        ("mpc/tree.h:2", "mpc/compare.h -> mpc/digit.h -> mpc/tree.h -> mpc/compare.h"),
        (f"ring/long.cc:{MAX_LINES + 1}", "split it"),
    }
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, "utf-8")
        tree = Tree(root)
        found = violations(tree)
        missed = [e for e in expected if not any(v.startswith(f"{root}/{e[0]}:") and e[1] in v for v in found)]
        warned = list(warn_lengths(tree))
    if missed or len(found) != len(expected) or len(warned) != 1 or "ring/longish.cc" not in warned[0]:
        print("check_floors self-test failed", f"missed: {missed}", *found, *warned, sep="\n  ", file=sys.stderr)
        return 1
    return 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0] if arguments else "src")
    if not root.is_dir():
        print(f"{root} is no folder; run this from the project's folder or name the sources", file=sys.stderr)
        return 2
    tree = Tree(root)
    found = violations(tree)
    for line in [*warn_lengths(tree), *found]:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
