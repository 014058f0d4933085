#include "nn/operators.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/parallel_for.h"
#include "nn/convolution.h"
#include "nn/executor.h"
#include "nn/overloaded.h"
#include "nn/requantise.h"

namespace privquant {

namespace {

using Values = std::vector<std::int64_t>;

template <typename F>
Values map(const IntegerTensor& input, F&& f) {
  Values result(input.values.size());
  std::transform(input.values.begin(), input.values.end(), result.begin(), f);
  return result;
}

// Only totals have to fit 64 bits, so sums run modulo 2^64.
Values linear(const LayerWeights& layer, const IntegerTensor& input, unsigned threads) {
  const std::size_t depth = input.values.size();
  Values result(layer.bias.size());
  const auto run = [&](std::size_t begin, std::size_t end) {
    for (std::size_t o = begin; o < end; ++o) {
      auto sum = static_cast<std::uint64_t>(layer.bias[o]);
      const std::int16_t* weights = layer.weights.data() + o * depth;
      for (std::size_t i = 0; i < depth; ++i) {
        sum += static_cast<std::uint64_t>(std::int64_t{weights[i]}) *
               static_cast<std::uint64_t>(input.values[i]);
      }
      result[o] = static_cast<std::int64_t>(sum);
    }
  };
  constexpr std::size_t worth_a_thread = std::size_t{1} << 18;  // multiply-accumulates
  parallel_for(result.size(), worth_a_thread / depth + 1, run, threads);
  return result;
}

Values add(const Node& node, const IntegerTensor& a, const IntegerTensor& b) {
  const int shift_a = a.type.exponent - node.type.exponent;
  const int shift_b = b.type.exponent - node.type.exponent;
  Values result(a.values.size());
  std::transform(a.values.begin(), a.values.end(), b.values.begin(), result.begin(),
                 [&](std::int64_t x, std::int64_t y) {
                   return static_cast<std::int64_t>((static_cast<std::uint64_t>(x) << shift_a) +
                                                    (static_cast<std::uint64_t>(y) << shift_b));
                 });
  return result;
}

/// Folds `step` over the values that each window meets; what padding contributes is `start`.
template <typename Step>
Values pool(const Node& node, const Window& window, const IntegerTensor& input, std::int64_t start, Step step,
            unsigned threads) {
  const Shape& in = input.shape;
  const Shape& out = node.shape;
  Values result(out.elements());
  const auto run = [&](std::size_t begin, std::size_t end) {
    std::int64_t* next = result.data() + begin * static_cast<std::size_t>(out.width);
    for (std::size_t line = begin; line < end; ++line) {
      const auto channel = static_cast<std::ptrdiff_t>(line / static_cast<std::size_t>(out.height));
      const int top = static_cast<int>(line % static_cast<std::size_t>(out.height)) * window.stride_height -
                      window.pad_top;
      const std::int64_t* plane = input.values.data() + channel * in.height * in.width;
      for (int x = 0; x < out.width; ++x) {
        std::int64_t value = start;
        for (int ky = 0; ky < window.kernel_height; ++ky) {
          const int row = top + ky * window.dilation_height;
          if (row < 0 || row >= in.height) continue;
          for (int kx = 0; kx < window.kernel_width; ++kx) {
            const int column = x * window.stride_width - window.pad_left + kx * window.dilation_width;
            if (column >= 0 && column < in.width) {
              value = step(value, plane[static_cast<std::ptrdiff_t>(row) * in.width + column]);
            }
          }
        }
        *next++ = value;
      }
    }
  };
  constexpr std::size_t worth_a_thread = 256;  // lines
  parallel_for(static_cast<std::size_t>(out.channels) * static_cast<std::size_t>(out.height), worth_a_thread,
               run, threads);
  return result;
}

Values concatenate(std::span<const IntegerTensor* const> inputs) {
  Values result;
  for (const IntegerTensor* input : inputs) {
    result.insert(result.end(), input->values.begin(), input->values.end());
  }
  return result;
}

Values pad_channels(const Node& node, const PadChannels& pad, const IntegerTensor& input) {
  Values result(node.shape.elements());
  const Shape before{pad.before, input.shape.height, input.shape.width};
  std::copy(input.values.begin(), input.values.end(),
            result.begin() + static_cast<std::ptrdiff_t>(before.elements()));
  return result;
}

std::int64_t sum_of(std::int64_t a, std::int64_t b) { return a + b; }

}  // namespace

IntegerTensor evaluate(const Node& node, std::span<const IntegerTensor* const> inputs,
                       const LayerWeights* layer, unsigned threads) {
  PQ_CHECK(!inputs.empty());
  const IntegerTensor& input = *inputs[0];
  Values values = std::visit(
      Overloaded{
          [&](const Input&) -> Values {
            fail(ErrorCode::internal, "internal error: an Input has nothing to evaluate; please report it");
          },
          [&](const Conv2d& conv) {
            return fits_int16(node, conv, input.type) ? convolve_int16(node, conv, *layer, input, threads)
                                                      : convolve_direct(node, conv, *layer, input, threads);
          },
          [&](const Linear&) { return linear(*layer, input, threads); },
          [&](const Add&) { return add(node, input, *inputs[1]); },
          [&](const Relu&) {
            return map(input, [](std::int64_t x) { return std::max<std::int64_t>(x, 0); });
          },
          [&](const Clip& clip) {
            return map(input, [&](std::int64_t x) { return std::clamp(x, clip.low, clip.high); });
          },
          [&](const Requantise&) { return map(input, Requantiser(input.type, node.type)); },
          [&](const MaxPool& max_pool) {
            return pool(
                node, max_pool.window, input, std::numeric_limits<std::int64_t>::min(),
                [](std::int64_t a, std::int64_t b) { return std::max(a, b); }, threads);
          },
          [&](const AvgPool& avg_pool) { return pool(node, avg_pool.window, input, 0, sum_of, threads); },
          [&](const GlobalAvgPool&) {
            Window whole;
            whole.kernel_height = input.shape.height;
            whole.kernel_width = input.shape.width;
            return pool(node, whole, input, 0, sum_of, threads);
          },
          [&](const Flatten&) { return input.values; },
          [&](const Concat&) { return concatenate(inputs); },
          [&](const PadChannels& pad) { return pad_channels(node, pad, input); },
          [&](const ArgMax&) { return Values{static_cast<std::int64_t>(argmax(input))}; },
      },
      node.op);
  return {node.type, node.shape, std::move(values)};
}

}  // namespace privquant
