// Convolutions whose activations drive, against the definition.
#include <gtest/gtest.h>

#include <chrono>
#include <climits>
#include <map>

#include "base/error.h"
#include "convolution_cases.h"
#include "mpc/convolution_copies.h"
#include "support/every_target.h"

namespace privquant {
namespace {

class ConvolveByActivation : public ConvolutionTest {
 protected:
  // Every way in which the activations can drive.
  void check_all(const ConvolutionShape& shape, int input, int accumulator, bool input_is_signed) {
    Convolution convolution{.shape = shape,
                            .protocol = ConvolutionProtocol::after_im2col,
                            .input = Width(input),
                            .accumulator = Width(accumulator),
                            .input_is_signed = input_is_signed};
    SCOPED_TRACE("input " + std::to_string(input) + " accumulator " + std::to_string(accumulator) +
                 (input_is_signed ? " signed" : ""));
    check(convolution);
    convolution.protocol = ConvolutionProtocol::activation_driven;
    for (const auto sharing : {InputSharing::general, InputSharing::msb_zero, InputSharing::client_only}) {
      SCOPED_TRACE(static_cast<int>(sharing));
      convolution.sharing = sharing;
      check(convolution);
    }
  }
};

TEST_F(ConvolveByActivation, EveryGeometry) {
  on_every_extension([&] {
    for (const ConvolutionShape& shape : convolution_geometries()) {
      check_all(shape, 4, 14, false);
      check_all(shape, 8, 21, true);
    }
  });
}

TEST_F(ConvolveByActivation, EveryWidthOfInputAndAccumulator) {
  const ConvolutionShape shape{2, 4, 4, 3, 4, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (const int input : {1, 2, 3, 7, 8, 9, 16}) {
    for (const int accumulator : {input, input + 1, 17, 32, 33, 64}) {
      check_all(shape, input, accumulator, false);
      check_all(shape, input, accumulator, true);
    }
  }
}

TEST_F(ConvolveByActivation, FullyConnected) {
  check_all({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 23, false);
  check_all({7, 1, 1, 300, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 5, 20, true);
}

TEST_F(ConvolveByActivation, EveryInstructionSetAgrees) {
  on_every_target([&] { check_all({3, 6, 5, 17, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 13, false); });
}

// One choice of a value serves all its copies: the choices shrink by im2col's blow-up, the messages do not
// grow.
TEST_F(ConvolveByActivation, OneChoiceAValue) {
  Convolution convolution{.shape = {16, 32, 32, 16, 32, 32, 1, 3, 3, 1, 1, 1, 1, 1, 1},
                          .protocol = ConvolutionProtocol::activation_driven,
                          .input = Width(4),
                          .accumulator = Width(13),
                          .sharing = InputSharing::msb_zero};
  Cost cost;
  cost_convolve(cost, convolution);
  EXPECT_EQ(cost.demand.ots(Role::server, 1), 4 * convolution.shape.inputs());
  EXPECT_EQ(cost.bytes_from(Role::client), 4 * convolution.shape.inputs() / 8);
  EXPECT_EQ(cost.bytes_from(Role::server),
            count_convolution_copies(convolution.shape) * 16 * (13 + 12 + 11 + 10) / 8);
  EXPECT_EQ(cost.rounds(), 2U);
}

TEST_F(ConvolveByActivation, CopiesAreCountedAsListed) {
  for (const ConvolutionShape& shape : convolution_geometries()) {
    EXPECT_EQ(separate_copies(shape).copies.size(), count_convolution_copies(shape));
    EXPECT_EQ(copies_by_input(shape).copies.size(), count_convolution_copies(shape));
    std::map<std::uint32_t, std::size_t> of_input;
    for (const ConvolutionCopy& copy : separate_copies(shape).copies) ++of_input[copy.input];
    std::map<std::size_t, std::size_t> expected;
    for (const auto& [input, copies] : of_input) ++expected[copies];
    std::map<std::size_t, std::size_t> counted;
    for (const CopyClass& copy_class : count_copies_by_input(shape))
      counted[copy_class.copies_per_unit] = copy_class.units;
    EXPECT_EQ(counted, expected);
  }
  const ConvolutionShape padded{4, 5, 5, 4, 3, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1};
  EXPECT_LT(count_convolution_copies(padded), padded.positions() * 4 * 9) << "padding must not be counted";
}

// A contract states a shape of a few bytes; its price must not need memory or time for every pixel.
TEST_F(ConvolveByActivation, AHugePictureIsPricedAtOnce) {
  for (const int rows : {100'000'000, INT_MAX}) {
    const ConvolutionShape shape{1, rows, 1, 1, rows, 1, 1, 3, 1, 1, 1, 1, 1, 1, 0};
    const auto count = static_cast<std::size_t>(rows);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(count_convolution_copies(shape), 3 * count - 2);
    const std::vector<CopyClass> classes = count_copies_by_input(shape);
    for (const auto protocol : {ConvolutionProtocol::after_im2col, ConvolutionProtocol::activation_driven,
                                ConvolutionProtocol::weight_driven}) {
      Cost cost;
      cost_convolve(cost, {.shape = shape, .protocol = protocol, .input = Width(16)});
      EXPECT_GT(cost.bytes_from(Role::server), 0U);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
    ASSERT_EQ(classes.size(), 2U);
    EXPECT_EQ(classes[0].copies_per_unit, 2U);
    EXPECT_EQ(classes[0].units, 2U);
    EXPECT_EQ(classes[1].copies_per_unit, 3U);
    EXPECT_EQ(classes[1].units, count - 2);
  }
  EXPECT_EQ(count_convolution_copies({1 << 20, INT_MAX, INT_MAX, 1, INT_MAX, INT_MAX}), SIZE_MAX);
}

// Every tap lies in the padding: there is nothing to multiply, and every sum is 0.
TEST_F(ConvolveByActivation, NoTapMeetsTheInput) {
  const ConvolutionShape shape{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 1, 1, 1, 1};
  EXPECT_EQ(count_convolution_copies(shape), 0U);
  check_all(shape, 4, 14, false);
  check_all(shape, 4, 14, true);
}

// A signed bit times +2 is a sum of two bits: the ring is narrower than the weights.
TEST_F(ConvolveByActivation, WeightsWiderThanTheRing) { check_all({3, 1, 1, 2}, 1, 2, true); }

// Any share of the server's would bring a wrap that nobody computes.
TEST_F(ConvolveByActivation, ClientOnlyMeansThatTheServerHasNoShare) {
  const Convolution convolution{.shape = {2, 1, 1, 1},
                                .protocol = ConvolutionProtocol::activation_driven,
                                .sharing = InputSharing::client_only};
  Cost cost;
  cost_convolve(cost, convolution);
  const std::vector<std::int16_t> weights{1, 1};
  const RingTensor x = RingTensor::from_signed(convolution.input, std::vector<std::int64_t>{0, 1});
  const auto run = [&](Party& party) {
    return convolve(party, convolution, party.is_server() ? weights : std::vector<std::int16_t>{}, x);
  };
  EXPECT_THROW(TwoParties().run(cost, run), Error);
}

}  // namespace
}  // namespace privquant
