// What rounding a layer's weights does to its results on average, so that its bias can take it back.
//
// Rounded weights W' = W + Δ shift each output channel by E[Δ∗x]. A layer is linear, so that this is Δ∗E[x]: the
// change applied to the mean of the pictures' inputs, borders included. Rounding errors of a channel with few weights
// (depthwise convolutions) do not cancel, and shifts add up from layer to layer.
//
// Source: Nagel, van Baalen, Blankevoort, Welling, arXiv 1906.04721, section 4.2. *Deviation:* E[x] is measured, by
// position, instead of derived from batch normalisation.
#pragma once

#include <torch/types.h>

#include <vector>

#include "nn/graph.h"

namespace privquant {

/// By output channel of layer `id`, the mean over positions of what `change` (one number a weight) makes of
/// `mean_input`, the layer's input. Costs what the layer costs for one picture.
std::vector<float> mean_change(const Graph& graph, NodeId id, const torch::Tensor& mean_input,
                               const std::vector<float>& change);

}  // namespace privquant
