#include "mpc/convolution_copies.h"

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

}  // namespace

std::size_t ConvolutionShape::inputs() const {
  return product(in_channels, in_height) * static_cast<std::size_t>(in_width);
}
std::size_t ConvolutionShape::outputs() const { return static_cast<std::size_t>(out_channels) * positions(); }
std::size_t ConvolutionShape::positions() const { return product(out_height, out_width); }
std::size_t ConvolutionShape::fan_in() const {
  return static_cast<std::size_t>(in_channels / groups) * product(kernel_height, kernel_width);
}

std::size_t count_convolution_copies(const ConvolutionShape& s) {
  // Rows and columns are inside or not independently of each other, so no tap needs to be visited.
  const auto inside = [](int outputs, int kernel, int stride, int dilation, int pad, int size) {
    std::size_t count = 0;
    for (int k = 0; k < kernel; ++k) {
      for (std::int64_t y = 0; y < outputs; ++y) {
        const std::int64_t in = y * stride + std::int64_t{k} * dilation - pad;
        count += in >= 0 && in < size ? 1 : 0;
      }
    }
    return count;
  };
  const std::size_t rows =
      inside(s.out_height, s.kernel_height, s.stride_height, s.dilation_height, s.pad_top, s.in_height);
  const std::size_t columns =
      inside(s.out_width, s.kernel_width, s.stride_width, s.dilation_width, s.pad_left, s.in_width);
  // In double first: a hostile contract's product may leave 64 bits.
  const double product_estimate =
      static_cast<double>(rows) * static_cast<double>(columns) * static_cast<double>(s.in_channels);
  if (product_estimate > 1e18) return SIZE_MAX;
  return rows * columns * static_cast<std::size_t>(s.in_channels);
}

std::vector<ConvolutionCopy> convolution_copies(const ConvolutionShape& shape) {
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
  return copies;
}

}  // namespace privquant
