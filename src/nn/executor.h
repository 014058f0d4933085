// Plaintext integer execution: the reference that secure execution must equal bit for bit.
#pragma once

#include <functional>
#include <vector>

#include "nn/graph.h"

namespace privquant {

/// Turns a picture (channels × height × width bytes, channel by channel) into the input tensor.
/// @throws Error(usage) if the size does not fit the graph's input.
IntegerTensor quantise_picture(const Graph& graph, int channels, int height, int width,
                               const std::vector<std::uint8_t>& bytes);

using NodeObserver = std::function<void(NodeId, const IntegerTensor&)>;

/// Runs the network on one input; `observe` sees every node's result in order.
/// `threads` 0 means one per core. The model must be valid.
IntegerTensor run_plaintext(const Model& model, const IntegerTensor& input, const NodeObserver& observe = {},
                            unsigned threads = 1);

/// For each node the last one that reads its result, itself if none does: when the result can be freed.
std::vector<NodeId> last_uses(const Graph& graph);

/// Index of the greatest value, the first if several.
std::size_t argmax(const IntegerTensor& tensor);

}  // namespace privquant
