#include "quant/fill_clips.h"

#include <cmath>
#include <set>

namespace privquant {
namespace {

constexpr int end_of_range = 255;

using Consumers = std::vector<std::vector<NodeId>>;

Consumers consumers_of(const Graph& graph) {
  Consumers result(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    for (const NodeId input : graph.nodes[id].inputs) result[input].push_back(id);
  }
  return result;
}

/// A factor of the input is a factor of the result.
bool hands_factors_on(const Operator& op) {
  return std::holds_alternative<MaxPool>(op) || std::holds_alternative<AvgPool>(op) ||
         std::holds_alternative<GlobalAvgPool>(op) || std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<PadChannels>(op);
}

/// The layers that read the value; false if anything else does.
bool collect_readers(const RealModel& model, const Consumers& consumers, NodeId id,
                     std::set<NodeId>& readers) {
  for (const NodeId consumer : consumers[id]) {
    if (model.weights[consumer]) {
      readers.insert(consumer);
    } else if (!hands_factors_on(model.graph.nodes[consumer].op) ||
               !collect_readers(model, consumers, consumer, readers)) {
      return false;
    }
  }
  return !consumers[id].empty();
}

void scale(std::vector<float>& values, double factor) {
  for (float& value : values) value = static_cast<float>(value * factor);
}

}  // namespace

RealModel fill_clips(RealModel model) {
  const Consumers consumers = consumers_of(model.graph);
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    Node& node = model.graph.nodes[id];
    auto* clip = std::get_if<Clip>(&node.op);
    if (!clip || clip->low != 0 || clip->high <= 0) continue;
    auto& before = model.weights[node.inputs[0]];
    std::set<NodeId> readers;
    if (!before || consumers[node.inputs[0]].size() != 1 || !collect_readers(model, consumers, id, readers))
      continue;
    const double bound = std::ldexp(static_cast<double>(clip->high), node.type.exponent);
    const int exponent = static_cast<int>(std::ceil(std::log2(bound / end_of_range)));
    const double factor = std::ldexp(end_of_range, exponent) / bound;
    scale(before->weights, factor);
    scale(before->bias, factor);
    for (const NodeId reader : readers) scale(model.weights[reader]->weights, 1 / factor);
    clip->high = end_of_range;
    node.type.exponent = exponent;
  }
  return model;
}

}  // namespace privquant
