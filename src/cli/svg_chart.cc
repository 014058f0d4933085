#include "cli/svg_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace privquant {

namespace {

constexpr double width = 960;
constexpr double label_width = 150;
constexpr double end_width = 130;  // for what stands at a bar's end
constexpr double bar_height = 11;
constexpr double group_gap = 8;
constexpr double axis_height = 34;
constexpr double scatter_height = 380;

// Colours that people with colour-blindness tell apart (Okabe and Ito), then greys.
constexpr std::array<std::string_view, 11> colours{"#0072b2", "#e69f00", "#009e73", "#d55e00",
                                                   "#56b4e9", "#cc79a7", "#b8a800", "#555555",
                                                   "#888888", "#aaaaaa", "#c8c8c8"};

/// 1, 2 or 5 times a power of ten, so that about five of them reach `greatest`.
double tick_step(double greatest) {
  const double rough = std::max(greatest, std::numeric_limits<double>::min()) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) return factor * power;
  }
  return 10 * power;
}

std::string opening(double height, const std::string& title, const std::string& description) {
  return fmt::format("<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n",
                     width, height, escape_markup(title), escape_markup(description));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view content) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escape_markup(content));
}

std::string grid_line(double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", x1,
                     y1, x2, y2);
}

double length(const Bar& bar) {
  double sum = 0;
  for (const Segment& segment : bar.segments) sum += segment.value;
  return sum;
}

/// Points that no other beats in both directions, by x.
std::vector<Point> frontier(std::vector<Point> points) {
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<Point> best;
  for (const Point& point : points) {
    if (best.empty() || point.y < best.back().y) best.push_back(point);
  }
  return best;
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += letter;
    }
  }
  return result;
}

std::string_view series_colour(std::size_t series) {
  return colours.at(std::min(series, colours.size() - 1));
}

std::string StackedBars::svg() const {
  double greatest = 0;
  double height = axis_height;
  for (const BarGroup& group : groups) {
    for (const Bar& bar : group.bars) greatest = std::max(greatest, length(bar));
    height += bar_height * static_cast<double>(group.bars.size()) + group_gap;
  }
  const double scale = greatest > 0 ? (width - label_width - end_width) / greatest : 0;
  std::string result = opening(height, title, description);
  const double step = tick_step(greatest);
  for (double tick = 0; tick <= greatest; tick += step) {
    const double x = label_width + tick * scale;
    result += grid_line(x, axis_height - 6, x, height);
    result += text_at(x, axis_height - 12, "middle", fmt::format("{:g} {}", tick, tick == 0 ? unit : ""));
  }
  double y = axis_height;
  for (const BarGroup& group : groups) {
    const double middle = y + bar_height * static_cast<double>(group.bars.size()) / 2;
    result += text_at(label_width - 8, middle + 4, "end", group.name);
    for (const Bar& bar : group.bars) {
      double x = label_width;
      for (const Segment& segment : bar.segments) {
        result += fmt::format(
            "<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\"><title>{}</title>"
            "</rect>\n",
            x, y, segment.value * scale, bar_height - 1, series_colour(segment.series),
            escape_markup(segment.title));
        x += segment.value * scale;
      }
      result += "<g class=\"small\">" + text_at(x + 4, y + bar_height - 2, "start", bar.label) + "</g>\n";
      y += bar_height;
    }
    y += group_gap;
  }
  return result + "</svg>\n";
}

std::string Scatter::svg() const {
  double greatest_x = 0;
  double greatest_y = 0;
  for (const Point& point : points) {
    greatest_x = std::max(greatest_x, point.x);
    greatest_y = std::max(greatest_y, point.y);
  }
  constexpr double left = 70;
  constexpr double bottom = scatter_height - 50;
  constexpr double top = 20;
  const double x_scale = greatest_x > 0 ? (width - left - end_width) / greatest_x : 0;
  const double y_scale = greatest_y > 0 ? (bottom - top) / greatest_y : 0;
  const auto x_of = [&](const Point& point) { return left + point.x * x_scale; };
  const auto y_of = [&](const Point& point) { return bottom - point.y * y_scale; };
  std::string result = opening(scatter_height, title, description);
  for (double tick = 0; tick <= greatest_x; tick += tick_step(greatest_x)) {
    const double x = left + tick * x_scale;
    result += grid_line(x, top, x, bottom) + text_at(x, bottom + 16, "middle", fmt::format("{:g}", tick));
  }
  for (double tick = 0; tick <= greatest_y; tick += tick_step(greatest_y)) {
    const double y = bottom - tick * y_scale;
    result +=
        grid_line(left, y, width - end_width, y) + text_at(left - 8, y + 4, "end", fmt::format("{:g}", tick));
  }
  result += text_at((left + width - end_width) / 2, scatter_height - 12, "middle", x_name);
  result += text_at(left, 12, "middle", y_name);
  std::string path;
  for (const Point& point : frontier(points)) path += fmt::format("{:.1f},{:.1f} ", x_of(point), y_of(point));
  result += fmt::format("<polyline class=\"frontier\" points=\"{}\"/>\n", path);
  for (const Point& point : points) {
    result += fmt::format(
        "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}: {:.6g} {}, {:.4g} {}</title>"
        "</circle>\n",
        point.major ? "major" : "minor", x_of(point), y_of(point), point.major ? 6 : 4,
        escape_markup(point.name), point.x, escape_markup(x_name), point.y, escape_markup(y_name));
    if (point.major) result += text_at(x_of(point) + 10, y_of(point) + 4, "start", point.name);
  }
  return result + "</svg>\n";
}

}  // namespace privquant
