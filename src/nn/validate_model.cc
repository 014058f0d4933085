// The secret half of validation. Messages name layers, never a weight.
#include <algorithm>

#include "nn/bounds.h"
#include "nn/graph.h"
#include "nn/layer_counts.h"
#include "nn/node_error.h"
#include "nn/value_range.h"

namespace privquant {

namespace {

void check_layer_weights(const Model& model, NodeId id, const TensorType& type) {
  const LayerWeights& layer = checked_layer(model.graph, id, model.weights[id]);
  const auto [least, greatest] = std::minmax_element(layer.weights.begin(), layer.weights.end());
  if (!holds(type, {*least, *greatest}))
    fail_node(model.graph.nodes[id], "some weight lies outside the type {}", to_string(type));
}

void check_reachable(const Model& model) {
  const auto intervals = reachable(model);
  const auto room = rounding_room(model.graph);
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    Interval needed;
    if (is_accumulator(node.op)) {
      needed = required_interval(node, intervals[id], room[id]);
    } else {
      for (const Interval& interval : intervals[id]) {
        needed = {std::min(needed.low, interval.low), std::max(needed.high, interval.high)};
      }
    }
    if (!holds(node.type, needed)) {
      fail_node(node, "its values do not fit {}; widen the type to {} bits", to_string(node.type),
                signed_bits(needed) - (node.type.is_signed ? 0 : 1));
    }
  }
}

}  // namespace

void validate_weights(const Model& model) {
  check_entries(model.graph, model.weights);
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
      check_layer_weights(model, id, conv->weight_type);
    } else if (const auto* linear = std::get_if<Linear>(&node.op)) {
      check_layer_weights(model, id, linear->weight_type);
    } else if (model.weights[id]) {
      fail_node(node, "this operator has no weights, but some are given");
    }
  }
}

void validate(const Model& model) {
  validate(model.graph);
  validate_weights(model);
  check_reachable(model);
}

}  // namespace privquant
