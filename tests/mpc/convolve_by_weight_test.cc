// Convolutions whose weights drive, plain and by Winograd's transform, against the definition.
#include <gtest/gtest.h>

#include "base/error.h"
#include "convolution_cases.h"
#include "support/every_target.h"

namespace privquant {
namespace {

class ConvolveByWeight : public ConvolutionTest {
 protected:
  static Convolution by_weight(const ConvolutionShape& shape, int weight_bits, int accumulator) {
    return {.shape = shape,
            .protocol = ConvolutionProtocol::weight_driven,
            .input = Width(accumulator),
            .accumulator = Width(accumulator),
            .input_is_signed = true,
            .weight_bits = weight_bits};
  }
  static Convolution winograd(const ConvolutionShape& shape, int weight_bits, int accumulator) {
    Convolution convolution = by_weight(shape, weight_bits, accumulator);
    convolution.protocol = ConvolutionProtocol::winograd;
    convolution.input = Width(accumulator + 2);
    return convolution;
  }
  // Weights of one value, or alternating extremes.
  void check_extremes(const Convolution& convolution) {
    const auto half = static_cast<std::int16_t>(1 << (convolution.weight_bits - 1));
    const auto low = static_cast<std::int16_t>(-half);
    const auto high = static_cast<std::int16_t>(half - 1);
    std::vector<std::int16_t> weights = draw_weights(convolution);
    for (const auto& [even, odd] : {std::pair(low, low), std::pair(high, high), std::pair(low, high)}) {
      for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = i % 2 == 0 ? even : odd;
      check(convolution, weights);
    }
  }
};

TEST_F(ConvolveByWeight, EveryGeometry) {
  on_every_extension([&] {
    for (const ConvolutionShape& shape : convolution_geometries()) {
      check(by_weight(shape, 4, 14));
      check(by_weight(shape, 8, 21));
    }
  });
}

TEST_F(ConvolveByWeight, EveryWidthOfWeightAndAccumulator) {
  const ConvolutionShape shape{3, 4, 4, 3, 4, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (const int weight : {1, 2, 3, 4, 5, 6, 7, 8, 12, 16}) {
    for (const int accumulator : {1, 3, 8, 9, 13, 16, 17, 32, 33, 64}) {
      SCOPED_TRACE(std::to_string(weight) + " bits into " + std::to_string(accumulator));
      check(by_weight(shape, weight, accumulator));
    }
    check_extremes(by_weight(shape, weight, 24));
  }
}

// Weights may be wider than the ring: bits that vanish are not driven.
TEST_F(ConvolveByWeight, WeightsWiderThanTheRing) {
  const ConvolutionShape shape{1, 3, 3, 2, 3, 3, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  const std::vector<std::int16_t> twos(18, 2);
  check(by_weight(shape, 3, 2), twos);
  check(winograd(shape, 3, 2), twos);
  Cost cost;
  cost_convolve(cost, by_weight({1, 1, 1, 1}, 3, 2));
  EXPECT_EQ(cost.demand.ots(Role::client, 1), 2U);
}

// Every tap lies in the padding: there is nothing to multiply, and every sum is 0.
TEST_F(ConvolveByWeight, NoTapMeetsTheInput) {
  check(by_weight({1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 1, 1, 1, 1}, 4, 14));
}

TEST_F(ConvolveByWeight, FullyConnected) {
  check(by_weight({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 23));
  check(by_weight({7, 1, 1, 300, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 5, 20));
}

// More entries than a batch holds, rows longer than a batch's share, and sizes that are no multiple of 8.
TEST_F(ConvolveByWeight, SeveralBatches) {
  check(by_weight({37, 9, 11, 13, 9, 11, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 3, 12));
  check(by_weight({3, 60, 60, 5, 60, 60, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 15));
  check(by_weight({301, 1, 1, 67, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 2, 15));
}

TEST_F(ConvolveByWeight, EveryInstructionSetAgrees) {
  on_every_target([&] {
    check(by_weight({3, 6, 5, 17, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 13));
    check(winograd({3, 6, 5, 17, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 13));
  });
}

// Message i carries l − i bits for each position that the tap reaches; padding costs nothing.
TEST_F(ConvolveByWeight, PaddingIsFree) {
  const Convolution convolution = by_weight({16, 32, 32, 16, 32, 32, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 13);
  Cost cost;
  cost_convolve(cost, convolution);
  const std::size_t positions = 32 * 32 + 4 * 32 * 31 + 4 * 31 * 31;
  EXPECT_EQ(cost.demand.ots(Role::client, 1), 9U * 256 * 4);
  EXPECT_EQ(cost.bytes_from(Role::server), 9U * 256 * 4 / 8);
  EXPECT_EQ(cost.bytes_from(Role::client), 256 * positions * (13 + 12 + 11 + 10) / 8);
  EXPECT_EQ(cost.rounds(), 2U);
}

TEST_F(ConvolveByWeight, WinogradEveryGeometry) {
  for (const int height : {1, 2, 3, 4, 5, 6}) {
    for (const int width : {1, 4, 7}) {
      for (const int pad : {0, 1, 2}) {
        for (const int groups : {1, 2, 4}) {
          const ConvolutionShape shape{
              4, height, width, 4,  height + 2 * pad - 2, width + 2 * pad - 2, groups, 3, 3, 1, 1,
              1, 1,      pad,   pad};
          if (shape.out_height < 1 || shape.out_width < 1) continue;
          SCOPED_TRACE(testing::Message()
                       << height << "x" << width << " pad " << pad << " groups " << groups);
          ASSERT_TRUE(supports(ConvolutionProtocol::winograd, shape));
          check(winograd(shape, 4, 13));
        }
      }
    }
  }
  // Padding on the near sides only.
  on_every_extension([&] { check(winograd({2, 5, 6, 3, 4, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 3, 12)); });
}

TEST_F(ConvolveByWeight, WinogradEveryWidth) {
  const ConvolutionShape shape{3, 4, 5, 3, 4, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (const int weight : {1, 2, 3, 4, 5, 6, 7, 8, 12}) {
    for (const int accumulator : {1, 6, 7, 8, 14, 15, 16, 17, 31, 32, 62}) {
      SCOPED_TRACE(std::to_string(weight) + " bits into " + std::to_string(accumulator));
      check(winograd(shape, weight, accumulator));
    }
    check_extremes(winograd(shape, weight, 24));
  }
}

TEST_F(ConvolveByWeight, WinogradRefusesWhatItCannotDo) {
  const ConvolutionShape same{1, 4, 4, 1, 4, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  ConvolutionShape strided = same;
  strided.stride_width = 2;
  EXPECT_FALSE(supports(ConvolutionProtocol::winograd, strided));
  Cost cost;
  Convolution too_wide = by_weight(same, 4, 63);
  too_wide.protocol = ConvolutionProtocol::winograd;
  EXPECT_THROW(cost_convolve(cost, too_wide), Error);
  EXPECT_THROW(cost_convolve(cost, winograd(same, 13, 20)), Error);
}

}  // namespace
}  // namespace privquant
