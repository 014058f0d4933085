#include "mpc/convolution_copies.h"

#include <map>
#include <numeric>
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

// How many pairs of kernel row and output row meet each input row; columns likewise.
std::vector<std::size_t> meetings(int outputs, int kernel, int stride, int dilation, int pad, int size) {
  std::vector<std::size_t> count(static_cast<std::size_t>(size));
  for (int k = 0; k < kernel; ++k) {
    for (std::int64_t y = 0; y < outputs; ++y) {
      const std::int64_t in = y * stride + std::int64_t{k} * dilation - pad;
      if (in >= 0 && in < size) ++count[static_cast<std::size_t>(in)];
    }
  }
  return count;
}

std::vector<std::size_t> row_meetings(const ConvolutionShape& s) {
  return meetings(s.out_height, s.kernel_height, s.stride_height, s.dilation_height, s.pad_top, s.in_height);
}
std::vector<std::size_t> column_meetings(const ConvolutionShape& s) {
  return meetings(s.out_width, s.kernel_width, s.stride_width, s.dilation_width, s.pad_left, s.in_width);
}

std::map<std::size_t, std::size_t> histogram(const std::vector<std::size_t>& values) {
  std::map<std::size_t, std::size_t> counts;
  for (const std::size_t value : values) ++counts[value];
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

std::size_t count_convolution_copies(const ConvolutionShape& s) {
  // Rows and columns meet independently of each other, so no tap needs to be visited.
  const auto rows = row_meetings(s);
  const auto columns = column_meetings(s);
  const std::size_t row_sum = std::accumulate(rows.begin(), rows.end(), std::size_t{0});
  const std::size_t column_sum = std::accumulate(columns.begin(), columns.end(), std::size_t{0});
  // In double first: a hostile contract's product may leave 64 bits.
  const double product_estimate =
      static_cast<double>(row_sum) * static_cast<double>(column_sum) * static_cast<double>(s.in_channels);
  if (product_estimate > 1e18) return SIZE_MAX;
  return row_sum * column_sum * static_cast<std::size_t>(s.in_channels);
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
  std::map<std::size_t, std::size_t> units;
  for (const auto& [in_rows, row_count] : histogram(row_meetings(shape))) {
    for (const auto& [in_columns, column_count] : histogram(column_meetings(shape)))
      units[in_rows * in_columns] += row_count * column_count * static_cast<std::size_t>(shape.in_channels);
  }
  units.erase(0);
  std::vector<CopyClass> classes;
  for (const auto& [copies, count] : units) classes.push_back({copies, count});
  return classes;
}

ConvolutionCopies copies_by_input(const ConvolutionShape& shape) {
  const std::vector<ConvolutionCopy> listed = separate_copies(shape).copies;
  const std::vector<std::size_t> rows = row_meetings(shape);
  const std::vector<std::size_t> columns = column_meetings(shape);
  const auto copies_of = [&](std::size_t input) {
    const std::size_t pixel = input % (rows.size() * columns.size());
    return rows[pixel / columns.size()] * columns[pixel % columns.size()];
  };
  ConvolutionCopies result{count_copies_by_input(shape), std::vector<ConvolutionCopy>(listed.size())};
  // Where the copies of each size, then of each input, begin.
  std::map<std::size_t, std::size_t> next_of_size;
  std::size_t begin = 0;
  for (const auto& [size, units] : result.classes) {
    next_of_size[size] = begin;
    begin += size * units;
  }
  std::vector<std::size_t> next(shape.inputs());
  for (std::size_t input = 0; input < next.size(); ++input) {
    const std::size_t size = copies_of(input);
    if (size == 0) continue;
    next[input] = next_of_size[size];
    next_of_size[size] += size;
  }
  for (const ConvolutionCopy& copy : listed) result.copies[next[copy.input]++] = copy;
  return result;
}

}  // namespace privquant
