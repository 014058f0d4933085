#include "mpc/convolution_copies.h"

#include <algorithm>
#include <compare>
#include <map>
#include <utility>

#include "base/error.h"

namespace privquant {
namespace {

std::size_t product(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

// Calls f(input row · width + column, kernel row · kernel width + column, output pixel) for every tap that is
// no padding.
template <typename F>
void for_each_tap(const ConvolutionShape& s, F&& f) {
  for (int y = 0; y < s.out_height; ++y) {
    for (int x = 0; x < s.out_width; ++x) {
      for (int ky = 0; ky < s.kernel_height; ++ky) {
        const int in_y = y * s.stride_height + ky * s.dilation_height - s.pad_top;
        if (in_y < 0 || in_y >= s.in_height) continue;
        for (int kx = 0; kx < s.kernel_width; ++kx) {
          const int in_x = x * s.stride_width + kx * s.dilation_width - s.pad_left;
          if (in_x < 0 || in_x >= s.in_width) continue;
          f(product(in_y, s.in_width) + static_cast<std::size_t>(in_x),
            product(ky, s.kernel_width) + static_cast<std::size_t>(kx),
            product(y, s.out_width) + static_cast<std::size_t>(x));
        }
      }
    }
  }
}

Reach reach_of(std::int64_t offset, int outputs, int stride, int size) {
  const auto first_not_below = [&](std::int64_t in) {
    const std::int64_t distance = in - offset;
    return distance <= 0 ? 0 : (distance + stride - 1) / stride;
  };
  const std::int64_t begin = first_not_below(0);
  const std::int64_t end = std::min<std::int64_t>(outputs, first_not_below(size));
  if (end <= begin) return {0, 0, 0};
  return {static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin),
          static_cast<std::size_t>(begin * stride + offset)};
}

std::vector<Reach> reaches(int outputs, int kernel, int stride, int dilation, int pad, int size) {
  std::vector<Reach> result;
  result.reserve(static_cast<std::size_t>(kernel));
  for (int tap = 0; tap < kernel; ++tap)
    result.push_back(reach_of(std::int64_t{tap} * dilation - pad, outputs, stride, size));
  return result;
}

std::size_t sum_of_counts(const std::vector<Reach>& taps) {
  std::size_t sum = 0;
  for (const Reach& reach : taps) sum += reach.count;
  return sum;
}

// How many inputs of one axis meet how many of its taps, 0 left out. In time that grows with the kernel only:
// inputs of one residue modulo the stride are met by intervals, whose ends are swept.
std::map<std::size_t, std::size_t> inputs_by_meetings(const std::vector<Reach>& taps, int stride) {
  struct End {
    std::size_t residue;
    std::size_t position;
    bool opens;
    auto operator<=>(const End&) const = default;
  };
  std::vector<End> ends;
  const auto step = static_cast<std::size_t>(stride);
  for (const Reach& reach : taps) {
    if (reach.count == 0) continue;
    const std::size_t position = reach.first / step;
    ends.push_back({reach.first % step, position, true});
    ends.push_back({reach.first % step, position + reach.count, false});
  }
  std::sort(ends.begin(), ends.end());
  std::map<std::size_t, std::size_t> counts;
  std::size_t open = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    // What is open closes within its residue, so the difference is taken within it too.
    if (open != 0 && ends[i].position != ends[i - 1].position)
      counts[open] += ends[i].position - ends[i - 1].position;
    open = ends[i].opens ? open + 1 : open - 1;
  }
  return counts;
}

}  // namespace

std::size_t ConvolutionShape::inputs() const {
  return product(in_channels, in_height) * static_cast<std::size_t>(in_width);
}
std::size_t ConvolutionShape::outputs() const { return static_cast<std::size_t>(out_channels) * positions(); }
std::size_t ConvolutionShape::positions() const { return product(out_height, out_width); }
std::size_t ConvolutionShape::fan_in() const {
  return static_cast<std::size_t>(in_channels / groups) * product(kernel_height, kernel_width);
}

std::size_t ConvolutionCopies::units() const {
  std::size_t total = 0;
  for (const CopyClass& copy_class : classes) total += copy_class.units;
  return total;
}

std::vector<Reach> row_reaches(const ConvolutionShape& s) {
  return reaches(s.out_height, s.kernel_height, s.stride_height, s.dilation_height, s.pad_top, s.in_height);
}
std::vector<Reach> column_reaches(const ConvolutionShape& s) {
  return reaches(s.out_width, s.kernel_width, s.stride_width, s.dilation_width, s.pad_left, s.in_width);
}

std::size_t count_convolution_copies(const ConvolutionShape& s) {
  // Rows and columns meet independently of each other, so no tap needs to be visited.
  const std::size_t rows = sum_of_counts(row_reaches(s));
  const std::size_t columns = sum_of_counts(column_reaches(s));
  // In double first: a hostile contract's product may leave 64 bits.
  const double product_estimate =
      static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(s.in_channels);
  if (product_estimate > 1e18) return SIZE_MAX;
  return rows * columns * static_cast<std::size_t>(s.in_channels);
}

ConvolutionCopies separate_copies(const ConvolutionShape& shape) {
  PQ_CHECK(shape.in_channels % shape.groups == 0 && shape.out_channels % shape.groups == 0);
  const auto channels = static_cast<std::size_t>(shape.in_channels / shape.groups);
  const std::size_t picture = product(shape.in_height, shape.in_width);
  const std::size_t kernel = product(shape.kernel_height, shape.kernel_width);
  std::vector<ConvolutionCopy> copies;
  copies.reserve(count_convolution_copies(shape));
  for (std::size_t group = 0; group < static_cast<std::size_t>(shape.groups); ++group) {
    for_each_tap(shape, [&](std::size_t input, std::size_t tap, std::size_t output) {
      for (std::size_t c = 0; c < channels; ++c) {
        copies.push_back({static_cast<std::uint32_t>((group * channels + c) * picture + input),
                          static_cast<std::uint32_t>(group * shape.fan_in() + c * kernel + tap),
                          static_cast<std::uint32_t>(group * shape.positions() + output)});
      }
    });
  }
  const std::size_t count = copies.size();
  return {{{1, count}}, std::move(copies)};
}

std::vector<CopyClass> count_copies_by_input(const ConvolutionShape& shape) {
  const auto rows = inputs_by_meetings(row_reaches(shape), shape.stride_height);
  const auto columns = inputs_by_meetings(column_reaches(shape), shape.stride_width);
  std::map<std::size_t, std::size_t> units;
  for (const auto& [in_rows, row_count] : rows) {
    for (const auto& [in_columns, column_count] : columns)
      units[in_rows * in_columns] += row_count * column_count * static_cast<std::size_t>(shape.in_channels);
  }
  std::vector<CopyClass> classes;
  classes.reserve(units.size());
  for (const auto& [copies, count] : units) classes.push_back({copies, count});
  return classes;
}

ConvolutionCopies copies_by_input(const ConvolutionShape& shape) {
  const std::vector<ConvolutionCopy> listed = separate_copies(shape).copies;
  ConvolutionCopies result{count_copies_by_input(shape), std::vector<ConvolutionCopy>(listed.size())};
  // Where the copies of each size, then of each input, begin.
  std::map<std::size_t, std::size_t> next_of_size;
  std::size_t begin = 0;
  for (const auto& [size, units] : result.classes) {
    next_of_size[size] = begin;
    begin += size * units;
  }
  std::vector<std::size_t> next(shape.inputs());
  for (const ConvolutionCopy& copy : listed) ++next[copy.input];
  for (std::size_t& of_input : next) {
    const std::size_t size = of_input;
    if (size == 0) continue;
    of_input = next_of_size[size];
    next_of_size[size] += size;
  }
  for (const ConvolutionCopy& copy : listed) result.copies[next[copy.input]++] = copy;
  return result;
}

}  // namespace privquant
