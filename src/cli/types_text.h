// Tensor types as the tables show them.
#pragma once

#include <string>

#include "nn/graph.h"

namespace privquant {

/// "u8", "s14".
std::string width_text(const TensorType& type);

/// What a node computes on and with: "u4 × s4 → s11", or "s11 → u4".
std::string widths_of(const Graph& graph, const Node& node);

/// The type of a node's weights; null without any.
const TensorType* weight_type_of(const Node& node);

}  // namespace privquant
