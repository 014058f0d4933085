// Two ways to compute a convolution's exact accumulators; they agree wherever both apply.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/graph.h"

namespace privquant {

/// Whether convolve_int16 is exact for a valid model's node: inputs fit 16 bits, the accumulator 32.
/// Depthwise and other narrow groups are left to the direct way, which is faster there.
bool fits_int16(const Node& node, const Conv2d& conv, const TensorType& input);

/// im2col and a matrix product of int16, tile by tile of output positions. fits_int16 must hold.
std::vector<std::int64_t> convolve_int16(const Node& node, const Conv2d& conv, const LayerWeights& layer,
                                         const IntegerTensor& input, unsigned threads);

/// In 64-bit words, without copies: for depthwise, grouped and wide layers.
std::vector<std::int64_t> convolve_direct(const Node& node, const Conv2d& conv, const LayerWeights& layer,
                                          const IntegerTensor& input, unsigned threads);

}  // namespace privquant
