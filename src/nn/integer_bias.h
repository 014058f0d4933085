// Biases in the accumulator's unit.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/graph.h"

namespace privquant {

/// ⌊bias / 2^exponent + 1/2⌋, with the exponent of the layer's result.
/// @throws Error(model) naming the layer if one needs more than 63 bits.
std::vector<std::int64_t> integer_bias(const Node& layer, const std::vector<float>& bias);

}  // namespace privquant
