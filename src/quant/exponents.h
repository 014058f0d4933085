// The exponents of a graph that quantisation may choose: of weights, and of Requantise nodes.
#pragma once

#include <functional>

#include "nn/graph.h"

namespace privquant {

/// The weight type of a Conv2d or Linear, else null.
TensorType* weight_type(Node& node);
const TensorType* weight_type(const Node& node);

/// Sets every exponent of `graph`: of a layer's weights and of a Requantise what `wanted(id)` says, of all other nodes
/// what the operator makes of its inputs'. A Requantise is never finer than its input, and those that meet in a
/// Concat get the coarsest of them. The Input keeps its own.
void set_exponents(Graph& graph, const std::function<int(NodeId)>& wanted);

}  // namespace privquant
