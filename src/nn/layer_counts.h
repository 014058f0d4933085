// What weights in integers and in real numbers have in common: how many there must be.
#pragma once

#include <optional>
#include <vector>

#include "nn/graph.h"
#include "nn/node_error.h"

namespace privquant {

/// One entry a node. @throws Error(model).
template <typename Layer>
void check_entries(const Graph& graph, const std::vector<std::optional<Layer>>& weights) {
  if (weights.size() != graph.nodes.size())
    fail(ErrorCode::model, "weights for {} nodes in a network of {}", weights.size(), graph.nodes.size());
}

/// The weights of a node that has some. @throws Error(model) naming the node if they are missing, too many or too
/// few.
template <typename Layer>
const Layer& checked_layer(const Graph& graph, NodeId id, const std::optional<Layer>& layer) {
  const Node& node = graph.nodes[id];
  if (!layer) fail_node(node, "its weights are missing");
  const auto outputs = static_cast<std::uint64_t>(node.shape.channels);
  const std::uint64_t expected = parameters(graph, id) - outputs;
  if (layer->weights.size() != expected || layer->bias.size() != outputs) {
    fail_node(node, "{} weights and {} biases where {} and {} belong", layer->weights.size(),
              layer->bias.size(), expected, outputs);
  }
  return *layer;
}

/// Where the weights of node `id`, as a file says, belong. @throws Error(model) if there is no such node, or it has
/// weights already.
template <typename Layer>
std::optional<Layer>& free_entry(const Graph& graph, std::vector<std::optional<Layer>>& weights, NodeId id) {
  if (id >= weights.size())
    fail(ErrorCode::model, "the file has weights for node {} of {}; make it again", id, weights.size());
  if (weights[id]) fail_node(graph.nodes[id], "its weights are given twice");
  return weights[id];
}

/// @throws Error(file) naming `what`.
inline void check_format_version(std::uint32_t version, std::uint32_t known, const char* what) {
  if (version == known) return;
  fail(ErrorCode::file, "the {} has format version {}, but this program reads {}; update PrivQuant", what,
       version, known);
}

}  // namespace privquant
