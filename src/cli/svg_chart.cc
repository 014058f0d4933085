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

std::string opening(double of_width, double height, const std::string& title,
                    const std::string& description) {
  return fmt::format("<svg viewBox=\"0 0 {} {:.0f}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n",
                     of_width, height, escape_markup(title), escape_markup(description));
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

/// From one of the ticks 1, 2, 5, 10, 20... to another, so that all of `values` lie between.
class LogarithmicAxis {
 public:
  LogarithmicAxis(const std::vector<double>& values, double from, double to) : from_(from), to_(to) {
    double least = std::numeric_limits<double>::max();
    double greatest = 0;
    for (const double value : values) {
      least = std::min(least, at_least_some(value));
      greatest = std::max(greatest, at_least_some(value));
    }
    if (values.empty()) least = greatest = 1;
    for (double power = std::pow(10, std::floor(std::log10(least)));; power *= 10) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double tick = factor * power;
        if (tick <= least) ticks_.clear();
        ticks_.push_back(tick);
        if (tick > greatest && ticks_.size() > 1) return;
      }
    }
  }
  const std::vector<double>& ticks() const { return ticks_; }
  double place(double value) const {
    const double part =
        std::log(at_least_some(value) / ticks_.front()) / std::log(ticks_.back() / ticks_.front());
    return from_ + part * (to_ - from_);
  }

 private:
  /// Zero has no logarithm.
  static double at_least_some(double value) { return std::max(value, 1e-6); }

  double from_;
  double to_;
  std::vector<double> ticks_;
};

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
  std::string result = opening(width, height, title, description);
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
  constexpr double left = 70;
  constexpr double right = width - 20;
  constexpr double bottom = scatter_height - 50;
  constexpr double top = 24;
  constexpr double letter_width = 6;  // of the chart's font, about
  std::vector<double> x_values;
  std::vector<double> y_values;
  for (const Point& point : points) {
    x_values.push_back(point.x);
    y_values.push_back(point.y);
  }
  const LogarithmicAxis x_axis(x_values, left, right);
  const LogarithmicAxis y_axis(y_values, bottom, top);
  std::string result = opening(width, scatter_height, title, description);
  for (const double tick : x_axis.ticks()) {
    const double x = x_axis.place(tick);
    result += grid_line(x, top, x, bottom) + text_at(x, bottom + 16, "middle", fmt::format("{:g}", tick));
  }
  for (const double tick : y_axis.ticks()) {
    const double y = y_axis.place(tick);
    result += grid_line(left, y, right, y) + text_at(left - 8, y + 4, "end", fmt::format("{:g}", tick));
  }
  result += text_at((left + right) / 2, scatter_height - 12, "middle", x_name);
  result += text_at(left, 12, "middle", y_name);
  if (joins_best) {
    std::string path;
    for (const Point& point : frontier(points))
      path += fmt::format("{:.1f},{:.1f} ", x_axis.place(point.x), y_axis.place(point.y));
    result += fmt::format("<polyline class=\"frontier\" points=\"{}\"/>\n", path);
  }
  // The major ones last, so that nothing covers them.
  for (const bool major : {false, true}) {
    for (const Point& point : points) {
      if (point.major != major) continue;
      const double x = x_axis.place(point.x);
      const double y = y_axis.place(point.y);
      result += fmt::format(
          "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}: {:.6g} {}, {:.4g} {}</title>"
          "</circle>\n",
          major ? "major" : "minor", x, y, major ? 6 : 4, escape_markup(point.name), point.x,
          escape_markup(x_name), point.y, escape_markup(y_name));
      if (!major) continue;
      // To the left and below, where only better points would be; to the right if there is no room.
      const bool fits = x - left > letter_width * static_cast<double>(point.label.size()) + 10;
      result += text_at(fits ? x - 9 : x + 9, y + 14, fits ? "end" : "start", point.label);
    }
  }
  return result + "</svg>\n";
}

std::string Columns::svg() const {
  constexpr double small_width = 256;
  constexpr double small_height = 64;
  constexpr double below = 14;  // for the axis
  std::string result = opening(small_width, small_height + below, title, description);
  const std::uint64_t most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  // One outline for all columns: a page has hundreds of these charts.
  std::string path = fmt::format("M0 {:.0f}", small_height);
  const double step = small_width / static_cast<double>(std::max<std::size_t>(counts.size(), 1));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double part = most == 0 ? 0 : std::sqrt(static_cast<double>(counts[i]) / static_cast<double>(most));
    // What there is at all is seen.
    const double height = counts[i] == 0 ? 0 : std::max(part * small_height, 1.0);
    path += fmt::format("V{:.3g}H{:.4g}", small_height - height, step * static_cast<double>(i + 1));
  }
  result += fmt::format("<path fill=\"{}\" d=\"{}V{:.0f}Z\"/>\n", series_colour(0), path, small_height);
  result += grid_line(0, small_height, small_width, small_height);
  result += text_at(0, small_height + below - 3, "start", first);
  result += text_at(small_width, small_height + below - 3, "end", last);
  return result + "</svg>\n";
}

}  // namespace privquant
