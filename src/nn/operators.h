// One node of the plaintext executor.
#pragma once

#include <span>

#include "nn/graph.h"

namespace privquant {

/// The node's result on its inputs' results; `layer` is set for Conv2d and Linear. The node is part of a
/// valid model and no Input.
IntegerTensor evaluate(const Node& node, std::span<const IntegerTensor* const> inputs,
                       const LayerWeights* layer, unsigned threads);

}  // namespace privquant
