#include "quant/exponents.h"

#include <algorithm>
#include <set>
#include <vector>

namespace privquant {
namespace {

/// The Requantise whose integers reach node `id` unchanged, through Concat, too.
void collect_origins(const Graph& graph, NodeId id, std::set<NodeId>& origins) {
  const Node& node = graph.nodes[id];
  if (std::holds_alternative<Requantise>(node.op)) {
    origins.insert(id);
    return;
  }
  const bool hands_on = std::holds_alternative<MaxPool>(node.op) ||
                        std::holds_alternative<Flatten>(node.op) || std::holds_alternative<Relu>(node.op) ||
                        std::holds_alternative<PadChannels>(node.op) ||
                        std::holds_alternative<Concat>(node.op);
  if (!hands_on) return;
  for (const NodeId input : node.inputs) collect_origins(graph, input, origins);
}

/// One pass in order; `least` bounds each Requantise from below.
void settle(Graph& graph, const std::function<int(NodeId)>& wanted, const std::vector<int>& least) {
  for (NodeId id = 1; id < graph.nodes.size(); ++id) {
    Node& node = graph.nodes[id];
    if (TensorType* type = weight_type(node)) type->exponent = wanted(id);
    if (std::holds_alternative<Requantise>(node.op)) {
      const int finest = graph.nodes[node.inputs[0]].type.exponent;
      node.type.exponent = std::max({wanted(id), finest, least[id]});
    } else {
      node.type.exponent = infer_exponent(graph, node);
    }
  }
}

/// Raises `least` where results of different exponents meet in a Concat; true if anything was raised.
bool tie_concatenated(const Graph& graph, std::vector<int>& least) {
  bool raised = false;
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<Concat>(node.op)) continue;
    int coarsest = graph.nodes[node.inputs[0]].type.exponent;
    for (const NodeId input : node.inputs) coarsest = std::max(coarsest, graph.nodes[input].type.exponent);
    std::set<NodeId> origins;
    for (const NodeId input : node.inputs) collect_origins(graph, input, origins);
    for (const NodeId requantise : origins) {
      if (graph.nodes[requantise].type.exponent >= coarsest) continue;
      least[requantise] = coarsest;
      raised = true;
    }
  }
  return raised;
}

}  // namespace

const TensorType* weight_type(const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) return &conv->weight_type;
  if (const auto* linear = std::get_if<Linear>(&node.op)) return &linear->weight_type;
  return nullptr;
}

TensorType* weight_type(Node& node) {
  return const_cast<TensorType*>(weight_type(static_cast<const Node&>(node)));
}

void set_exponents(Graph& graph, const std::function<int(NodeId)>& wanted) {
  std::vector<int> least(graph.nodes.size(), -1000);
  settle(graph, wanted, least);
  // Each round settles at least one more Concat, in order.
  while (tie_concatenated(graph, least)) settle(graph, wanted, least);
}

}  // namespace privquant
