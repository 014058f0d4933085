// Both ways to compute a convolution, on every instruction set, against seven plain loops.
#include "nn/convolution.h"

#include <gtest/gtest.h>

#include "nn/bounds.h"
#include "nn/gemm.h"
#include "nn/test_model.h"
#include "support/every_target.h"

namespace privquant {
namespace {

std::vector<std::int64_t> naive(const Node& node, const Conv2d& conv, const LayerWeights& layer,
                                const IntegerTensor& input) {
  const Window& w = conv.window;
  const int inputs = input.shape.channels / conv.groups;
  const int outputs = conv.out_channels / conv.groups;
  std::vector<std::int64_t> result;
  for (int o = 0; o < node.shape.channels; ++o) {
    for (int y = 0; y < node.shape.height; ++y) {
      for (int x = 0; x < node.shape.width; ++x) {
        std::int64_t sum = layer.bias[static_cast<std::size_t>(o)];
        for (int i = 0; i < inputs; ++i) {
          for (int ky = 0; ky < w.kernel_height; ++ky) {
            for (int kx = 0; kx < w.kernel_width; ++kx) {
              const int row = y * w.stride_height - w.pad_top + ky * w.dilation_height;
              const int column = x * w.stride_width - w.pad_left + kx * w.dilation_width;
              if (row < 0 || row >= input.shape.height || column < 0 || column >= input.shape.width) continue;
              const int channel = o / outputs * inputs + i;
              const int at = (channel * input.shape.height + row) * input.shape.width + column;
              const int weight = ((o * inputs + i) * w.kernel_height + ky) * w.kernel_width + kx;
              sum += std::int64_t{layer.weights[static_cast<std::size_t>(weight)]} *
                     input.values[static_cast<std::size_t>(at)];
            }
          }
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

struct Case {
  Model model;
  IntegerTensor input;
};

/// A random geometry that is valid; nothing is chosen so that the answer is easy.
Case random_case(std::mt19937_64& generator) {
  const auto pick = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(generator);
  };
  for (;;) {
    Conv2d conv;
    conv.groups = pick(0, 3) == 0 ? pick(2, 6) : 1;
    const int inputs = conv.groups * pick(1, 5);
    conv.out_channels = conv.groups * (pick(0, 2) == 0 ? 1 : pick(2, 11));
    conv.window = {pick(1, 4), pick(1, 4), pick(1, 3), pick(1, 3), pick(1, 3),
                   pick(1, 3), pick(0, 3), pick(0, 3), pick(0, 3), pick(0, 3)};
    conv.weight_type = signed_type(pick(1, 16), -3);
    const TensorType type = pick(0, 1) == 0 ? signed_type(pick(1, 20)) : unsigned_type(pick(1, 20));
    const Shape shape{inputs, pick(1, 12), pick(1, 12)};
    const Shape out = window_output(conv.window, conv.out_channels, shape.height, shape.width);
    if (out.height < 1 || out.width < 1) continue;
    ModelMaker maker(shape, type);
    const auto taps = static_cast<std::size_t>(inputs / conv.groups * conv.window.kernel_height *
                                               conv.window.kernel_width * conv.out_channels);
    LayerWeights layer{random_weights(taps, conv.weight_type.bits, generator), {}};
    for (int o = 0; o < conv.out_channels; ++o) layer.bias.push_back(pick(-100000, 100000));
    maker.add(conv, {0}, signed_type(64), layer);
    set_accumulator_widths(maker.model);
    IntegerTensor input = random_tensor(type, shape, generator);
    return {std::move(maker.model), std::move(input)};
  }
}

TEST(Convolution, AgreesWithSevenLoopsOnEveryTarget) {
  on_every_target([] {
    std::mt19937_64 generator(7);
    int fast = 0;
    for (int turn = 0; turn < 600; ++turn) {
      const Case test = random_case(generator);
      const Node& node = test.model.graph.output();
      const auto& conv = std::get<Conv2d>(node.op);
      const LayerWeights& layer = *test.model.weights[1];
      const auto expected = naive(node, conv, layer, test.input);
      const unsigned threads = 1 + static_cast<unsigned>(turn % 3);
      ASSERT_EQ(convolve_direct(node, conv, layer, test.input, threads), expected) << "turn " << turn;
      if (fits_int16(node, conv, test.input.type)) {
        ++fast;
        ASSERT_EQ(convolve_int16(node, conv, layer, test.input, threads), expected) << "turn " << turn;
      }
    }
    EXPECT_GT(fast, 100);
    EXPECT_LT(fast, 500);
  });
}

// Σ of 2·(−2^15)² leaves 31 bits on the way; the total comes back.
TEST(Convolution, PartialSumsMayWrap) {
  ModelMaker maker({4, 1, 1}, signed_type(16));
  Conv2d conv;
  conv.out_channels = 4;
  conv.weight_type = signed_type(16);
  LayerWeights layer;
  for (int o = 0; o < 4; ++o) {
    layer.weights.insert(layer.weights.end(), {INT16_MIN, INT16_MIN, INT16_MAX, INT16_MAX});
    layer.bias.push_back(5);
  }
  maker.add(conv, {0}, signed_type(32), layer);
  const Node& node = maker.model.graph.output();
  const IntegerTensor input{signed_type(16), {4, 1, 1}, {INT16_MIN, INT16_MIN, INT16_MIN, INT16_MIN}};
  on_every_target(
      [&] { EXPECT_EQ(convolve_int16(node, conv, layer, input, 1), naive(node, conv, layer, input)); });
}

// Large enough that several threads and many tiles take part.
TEST(Convolution, ThreadsShareTheWork) {
  std::mt19937_64 generator(9);
  for (const int groups : {1, 32}) {
    ModelMaker maker({32, 33, 35}, unsigned_type(8));
    Conv2d conv{{3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 32, groups, signed_type(8)};
    const auto weights = static_cast<std::size_t>(32 / groups * 32 * 9);
    maker.add(conv, {0}, signed_type(64),
              LayerWeights{random_weights(weights, 8, generator), std::vector<std::int64_t>(32, -7)});
    set_accumulator_widths(maker.model);
    const Node& node = maker.model.graph.output();
    const LayerWeights& layer = *maker.model.weights[1];
    const IntegerTensor input = random_tensor(unsigned_type(8), {32, 33, 35}, generator);
    const auto expected = naive(node, conv, layer, input);
    EXPECT_EQ(fits_int16(node, conv, input.type), groups == 1);
    if (groups == 1) {
      EXPECT_EQ(convolve_int16(node, conv, layer, input, 4), expected);
    }
    EXPECT_EQ(convolve_direct(node, conv, layer, input, 4), expected);
  }
}

TEST(Gemm, EqualsPlainProductsOnEveryTarget) {
  on_every_target([] {
    std::mt19937_64 generator(3);
    for (const std::size_t pairs : {1, 2, 7, 40}) {
      const std::size_t rows = 8;
      const auto weights = random_weights(rows * 2 * pairs, 16, generator);
      const auto panel = random_weights(2 * pairs * gemm_tile_columns, 16, generator);
      std::vector<std::int32_t> out(rows * gemm_tile_columns);
      multiply_tile(weights.data(), rows, panel.data(), pairs, out.data());
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < gemm_tile_columns; ++c) {
          std::int64_t sum = 0;
          for (std::size_t k = 0; k < 2 * pairs; ++k) {
            sum +=
                std::int64_t{weights[r * 2 * pairs + k]} * panel[(k / 2 * gemm_tile_columns + c) * 2 + k % 2];
          }
          ASSERT_EQ(out[r * gemm_tile_columns + c],
                    static_cast<std::int32_t>(static_cast<std::uint64_t>(sum)));
        }
      }
    }
  });
}

}  // namespace
}  // namespace privquant
