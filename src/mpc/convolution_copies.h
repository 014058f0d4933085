// Which input value meets which weights in which output: im2col as a list, padding left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mpc/convolution_shape.h"

namespace privquant {

struct ConvolutionCopy {
  std::uint32_t input;  ///< index of the input value
  std::uint32_t
      weight_row;  ///< group · fan_in + position in the kernel: a row of out_channels / groups weights
  std::uint32_t
      output_row;  ///< group · positions + output pixel: a row of out_channels / groups accumulators
};

/// All copies, by group, output pixel, then kernel position. Their number is the driver's of the protocol.
std::vector<ConvolutionCopy> convolution_copies(const ConvolutionShape& shape);
std::size_t count_convolution_copies(const ConvolutionShape& shape);

}  // namespace privquant
