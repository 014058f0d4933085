// Charts as SVG elements to stand in an HTML page: no script, titles for those who cannot see them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace privquant {

/// `text` with the letters that mark-up needs replaced.
std::string escape_markup(std::string_view text);

struct Segment {
  std::size_t series = 0;  ///< index into the names
  double value = 0;
  std::string title;  ///< shown where the pointer rests
};
struct Bar {
  std::string label;  ///< small, at its end
  std::vector<Segment> segments;
};
struct BarGroup {
  std::string name;
  std::vector<Bar> bars;
};

/// Horizontal bars, stacked; groups stand below each other. Values are in `unit`.
struct StackedBars {
  std::string title;
  std::string description;
  std::string unit;
  std::vector<std::string> series;
  std::vector<BarGroup> groups;

  std::string svg() const;
};

struct Point {
  std::string name;   ///< shown where the pointer rests
  std::string label;  ///< short, beside it if it is major
  double x = 0;
  double y = 0;
  bool major = true;  ///< filled and labelled; otherwise small
};

/// Points on logarithmic axes.
struct Scatter {
  std::string title;
  std::string description;
  std::string x_name;
  std::string y_name;
  std::vector<Point> points;
  bool joins_best = true;  ///< a line along the points that none beats in both directions

  std::string svg() const;
};

/// A small chart of counts, the columns side by side, heights as the square roots of counts.
struct Columns {
  std::string title;
  std::string description;
  std::string first, last;  ///< what stands below the ends of the axis
  std::vector<std::uint64_t> counts;

  std::string svg() const;
};

/// The colour of a series, as in a legend.
std::string_view series_colour(std::size_t series);

}  // namespace privquant
