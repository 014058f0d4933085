// Convolutions whose activations drive, against the definition.
#include <gtest/gtest.h>

#include "convolution_cases.h"
#include "mpc/convolution_copies.h"
#include "support/every_target.h"

namespace privquant {
namespace {

class ConvolveByActivation : public ConvolutionTest {
 protected:
  static Convolution convolution(const ConvolutionShape& shape, int input, int accumulator,
                                 bool input_is_signed, InputSharing sharing = InputSharing::general) {
    return {.shape = shape,
            .protocol = ConvolutionProtocol::after_im2col,
            .input = Width(input),
            .accumulator = Width(accumulator),
            .input_is_signed = input_is_signed,
            .sharing = sharing};
  }
};

TEST_F(ConvolveByActivation, EveryGeometry) {
  for (const ConvolutionShape& shape : convolution_geometries()) {
    check(convolution(shape, 4, 14, false));
    check(convolution(shape, 8, 21, true));
  }
}

TEST_F(ConvolveByActivation, EveryWidthOfInputAndAccumulator) {
  const ConvolutionShape shape{2, 4, 4, 3, 4, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (const int input : {1, 2, 3, 7, 8, 9, 16}) {
    for (const int accumulator : {input, input + 1, 17, 32, 33, 64}) {
      check(convolution(shape, input, accumulator, false));
      check(convolution(shape, input, accumulator, true));
    }
  }
}

TEST_F(ConvolveByActivation, FullyConnected) {
  check(convolution({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 8, 23, false));
  check(convolution({7, 1, 1, 300, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, 5, 20, true));
}

TEST_F(ConvolveByActivation, EveryInstructionSetAgrees) {
  on_every_target([&] { check(convolution({3, 6, 5, 17, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, 4, 13, false)); });
}

TEST_F(ConvolveByActivation, CopiesAreCountedAsListed) {
  for (const ConvolutionShape& shape : convolution_geometries())
    EXPECT_EQ(convolution_copies(shape).size(), count_convolution_copies(shape));
  const ConvolutionShape padded{4, 5, 5, 4, 3, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1};
  EXPECT_LT(count_convolution_copies(padded), padded.positions() * 4 * 9) << "padding must not be counted";
}

}  // namespace
}  // namespace privquant
