#include <algorithm>

#include "nn/bounds.h"
#include "nn/value_range.h"

namespace privquant {

namespace {

bool any_input_is_signed(const Graph& graph, const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [&](NodeId input) { return graph.nodes.at(input).type.is_signed; });
}

bool sum_is_signed(const Graph& graph, const Node& node) {
  return std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Linear>(node.op) ||
         any_input_is_signed(graph, node);
}

int widest(const TensorType& type) { return type.is_signed ? 64 : 63; }

void set_smallest(TensorType& type, Interval interval) {
  type.bits = std::max(signed_bits(interval) - (type.is_signed ? 0 : 1), 1);
}

/// A node that hands values on takes the width of what it gets.
void follow_input(const Graph& graph, Node& node) {
  if (std::holds_alternative<MaxPool>(node.op) || std::holds_alternative<Flatten>(node.op) ||
      std::holds_alternative<Concat>(node.op) || std::holds_alternative<PadChannels>(node.op)) {
    node.type = graph.nodes.at(node.inputs.at(0)).type;
  } else if (std::holds_alternative<Relu>(node.op) || std::holds_alternative<Clip>(node.op)) {
    const TensorType& input = graph.nodes.at(node.inputs.at(0)).type;
    // An impossible width is left for validate to name.
    if (input.bits < 1 || input.bits > widest(input)) return;
    set_smallest(node.type, clamp(node.op, {input.min(), input.max()}));
  }
}

void set_widest(Graph& graph) {
  for (Node& node : graph.nodes) {
    if (is_accumulator(node.op)) {
      node.type.is_signed = sum_is_signed(graph, node);
      node.type.bits = widest(node.type);
    }
    follow_input(graph, node);
  }
}

}  // namespace

void set_accumulator_widths(Model& model) {
  // The intervals do not depend on the widths sought, so everything else can be checked first.
  set_widest(model.graph);
  validate(model.graph);
  validate_weights(model);
  const auto intervals = reachable(model);
  const auto room = rounding_room(model.graph);
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    Node& node = model.graph.nodes[id];
    if (is_accumulator(node.op)) set_smallest(node.type, required_interval(node, intervals[id], room[id]));
    follow_input(model.graph, node);
  }
}

}  // namespace privquant
