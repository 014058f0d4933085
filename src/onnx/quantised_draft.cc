// What a draft does besides if its network is one of integers.
#include <algorithm>
#include <cmath>

#include "nn/integer_bias.h"
#include "onnx/draft.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

bool is_whole(const TensorType& type, const Interval& range) {
  return Interval{type.min(), type.max()} == range;
}

/// What can be rounded to `type` instead of `id`: the lower end of an unsigned type takes the place of Relu, its
/// upper end that of a Clip that lies no lower.
NodeId before_activation(const Graph& graph, NodeId id, const TensorType& type) {
  const Node& node = graph.nodes[id];
  if (type.is_signed) return id;
  if (std::holds_alternative<Relu>(node.op)) return node.inputs[0];
  if (const auto* clip = std::get_if<Clip>(&node.op); clip != nullptr && clip->low == 0) {
    const double high = std::ldexp(static_cast<double>(clip->high), node.type.exponent);
    if (high >= std::ldexp(static_cast<double>(type.max()), type.exponent)) return node.inputs[0];
  }
  return id;
}

int weight_exponent(const Operator& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op)) return conv->weight_type.exponent;
  return std::get<Linear>(op).weight_type.exponent;
}

bool lies_on_steps(const std::vector<float>& values, int exponent) {
  return std::all_of(values.begin(), values.end(), [&](float value) {
    const double steps = std::ldexp(static_cast<double>(value), -exponent);
    return steps == std::floor(steps);
  });
}

}  // namespace

TensorType smallest_type(const Rounding& rounding) {
  const bool is_signed = rounding.range.low < 0;
  const int bits = signed_bits(rounding.range) - (is_signed ? 0 : 1);
  return {std::max(bits, 1), is_signed, rounding.exponent};
}

NodeId Draft::round(const std::string& name, NodeId from, const Rounding& rounding) {
  const Interval& range = rounding.range;
  const std::tuple key{from, rounding.exponent, range.low, range.high};
  if (const auto known = roundings_.find(key); known != roundings_.end()) return known->second;
  const TensorType type = smallest_type(rounding);
  from = before_activation(graph_, from, type);
  NodeId result = from;
  if (!details_[from].rounded || node(from).type != type) result = add(name, Requantise{}, {from}, type);
  if (!is_whole(type, range)) result = add(name, Clip{range.low, range.high}, {result});
  return roundings_[key] = result;
}

bool Draft::round_input(const Rounding& rounding) {
  if (input_rounding_) {
    return input_rounding_->exponent == rounding.exponent && input_rounding_->range == rounding.range;
  }
  input_rounding_ = rounding;
  graph_.nodes[0].type = smallest_type(rounding);
  return true;
}

Model Draft::finish_quantised(std::vector<std::string>& rounded_biases) {
  Model model;
  model.weights.resize(size());
  for (NodeId id = 0; id < size(); ++id) {
    if (!details_[id].weights) continue;
    const Node& node = graph_.nodes[id];
    const int exponent = weight_exponent(node.op);
    LayerWeights layer;
    layer.weights.reserve(details_[id].weights->weights.size());
    // Whole numbers: the weights were given as such in units of 2^exponent.
    for (const float weight : details_[id].weights->weights)
      layer.weights.push_back(static_cast<std::int16_t>(std::ldexp(weight, -exponent)));
    const std::vector<float>& bias = details_[id].weights->bias;
    layer.bias = integer_bias(node, bias);
    if (!lies_on_steps(bias, node.type.exponent)) rounded_biases.push_back(node.name);
    model.weights[id] = std::move(layer);
    details_[id].weights.reset();
  }
  model.graph = std::move(graph_);
  return model;
}

}  // namespace privquant
