// A convolution of plain integers modulo 2^l: what one party computes alone.
#pragma once

#include <cstdint>
#include <span>

#include "mpc/convolution_shape.h"
#include "ring/tensor.h"

namespace privquant {

/// W ∗ x in x's ring; weights[out][in / groups][row][column].
RingTensor convolve_locally(const ConvolutionShape& shape, std::span<const std::int16_t> weights,
                            const RingTensor& x);

}  // namespace privquant
