#include <algorithm>

#include "base/bytes.h"
#include "base/parallel_for.h"
#include "nn/convolution.h"

namespace privquant {

namespace {

/// The output positions [begin, end) whose tap, at `offset` from position 0, meets a value of the line.
struct Span {
  int begin, end;

  Span(int offset, int stride, int size, int positions)
      : begin(offset >= 0 ? 0 : std::min((-offset + stride - 1) / stride, positions)),
        end(offset >= size ? begin : std::clamp((size - 1 - offset) / stride + 1, begin, positions)) {}
};

/// sums[x] += weight · line[x · stride + offset], modulo 2^64: only the total has to fit.
void accumulate_line(const std::int64_t* line, int line_size, std::int16_t weight, int offset, int stride,
                     std::vector<std::uint64_t>& sums) {
  const Span span(offset, stride, line_size, static_cast<int>(sums.size()));
  const auto factor = static_cast<std::uint64_t>(std::int64_t{weight});
  for (int x = span.begin; x < span.end; ++x) {
    sums[static_cast<std::size_t>(x)] += factor * static_cast<std::uint64_t>(line[x * stride + offset]);
  }
}

}  // namespace

std::vector<std::int64_t> convolve_direct(const Node& node, const Conv2d& conv, const LayerWeights& layer,
                                          const IntegerTensor& input, unsigned threads) {
  const Window& window = conv.window;
  const int group_inputs = input.shape.channels / conv.groups;
  const int group_outputs = conv.out_channels / conv.groups;
  const std::size_t taps =
      static_cast<std::size_t>(window.kernel_height) * static_cast<std::size_t>(window.kernel_width);
  const std::size_t depth = static_cast<std::size_t>(group_inputs) * taps;
  const auto height = static_cast<std::size_t>(node.shape.height);

  std::vector<std::int64_t> result(node.shape.elements());
  const auto line_at = [&](int channel, int row) {
    return input.values.data() +
           (static_cast<std::ptrdiff_t>(channel) * input.shape.height + row) * input.shape.width;
  };
  const auto run = [&](std::size_t begin, std::size_t end) {
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(node.shape.width));
    for (std::size_t turn = begin; turn < end; ++turn) {
      const std::size_t o = turn / height;
      const int top = static_cast<int>(turn % height) * window.stride_height - window.pad_top;
      const int first_input = static_cast<int>(o) / group_outputs * group_inputs;
      const std::int16_t* weight = layer.weights.data() + o * depth;
      std::fill(sums.begin(), sums.end(), static_cast<std::uint64_t>(layer.bias[o]));
      for (int c = 0; c < group_inputs; ++c) {
        for (int ky = 0; ky < window.kernel_height; ++ky) {
          const int row = top + ky * window.dilation_height;
          if (row < 0 || row >= input.shape.height) {
            weight += window.kernel_width;
            continue;
          }
          for (int kx = 0; kx < window.kernel_width; ++kx, ++weight) {
            if (*weight == 0) continue;
            accumulate_line(line_at(first_input + c, row), input.shape.width, *weight,
                            kx * window.dilation_width - window.pad_left, window.stride_width, sums);
          }
        }
      }
      std::transform(sums.begin(), sums.end(),
                     result.begin() + static_cast<std::ptrdiff_t>(turn * sums.size()),
                     [](std::uint64_t sum) { return static_cast<std::int64_t>(sum); });
    }
  };
  const std::size_t work = depth * static_cast<std::size_t>(node.shape.width);
  constexpr std::size_t worth_a_thread = std::size_t{1} << 18;  // multiply-accumulates
  parallel_for(static_cast<std::size_t>(node.shape.channels) * height, ceil_div(worth_a_thread, work), run,
               threads);
  return result;
}

}  // namespace privquant
