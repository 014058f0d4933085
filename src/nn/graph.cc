#include "nn/graph.h"

#include <algorithm>

#include "nn/overloaded.h"

namespace privquant {

std::string operator_name(const Operator& op) {
  return std::visit(Overloaded{
                        [](const Input&) { return "Input"; },
                        [](const Conv2d&) { return "Conv2d"; },
                        [](const Linear&) { return "Linear"; },
                        [](const Add&) { return "Add"; },
                        [](const Relu&) { return "Relu"; },
                        [](const Clip&) { return "Clip"; },
                        [](const Requantise&) { return "Requantise"; },
                        [](const MaxPool&) { return "MaxPool"; },
                        [](const AvgPool&) { return "AvgPool"; },
                        [](const GlobalAvgPool&) { return "GlobalAvgPool"; },
                        [](const Flatten&) { return "Flatten"; },
                        [](const Concat&) { return "Concat"; },
                        [](const PadChannels&) { return "PadChannels"; },
                        [](const ArgMax&) { return "ArgMax"; },
                    },
                    op);
}

int infer_exponent(const Graph& graph, const Node& node) {
  const auto input = [&](std::size_t index) { return graph.nodes.at(node.inputs.at(index)).type.exponent; };
  return std::visit(Overloaded{
                        [&](const Conv2d& conv) { return conv.weight_type.exponent + input(0); },
                        [&](const Linear& linear) { return linear.weight_type.exponent + input(0); },
                        [&](const Add&) { return std::min(input(0), input(1)); },
                        [&](const AvgPool& pool) { return input(0) - pool.log2_divisor; },
                        [&](const GlobalAvgPool& pool) { return input(0) - pool.log2_divisor; },
                        [&](const Input&) { return node.type.exponent; },
                        [&](const Requantise&) { return node.type.exponent; },
                        [&](const ArgMax&) { return node.type.exponent; },
                        [&](const auto&) { return input(0); },
                    },
                    node.op);
}

namespace {

/// The number of inputs that meet in one output value, times the outputs' kinds: all weights of a node.
std::uint64_t weight_count(const Graph& graph, const Node& node) {
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const Shape& input = graph.nodes.at(node.inputs.at(0)).shape;
    return static_cast<std::uint64_t>(conv->out_channels) *
           static_cast<std::uint64_t>(input.channels / conv->groups) *
           static_cast<std::uint64_t>(conv->window.kernel_height) *
           static_cast<std::uint64_t>(conv->window.kernel_width);
  }
  if (const auto* linear = std::get_if<Linear>(&node.op)) {
    return static_cast<std::uint64_t>(linear->out_features) *
           graph.nodes.at(node.inputs.at(0)).shape.elements();
  }
  return 0;
}

}  // namespace

std::uint64_t multiply_accumulates(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes.at(id);
  return weight_count(graph, node) * static_cast<std::uint64_t>(node.shape.height) *
         static_cast<std::uint64_t>(node.shape.width);
}

std::uint64_t parameters(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes.at(id);
  const std::uint64_t weights = weight_count(graph, node);
  return weights == 0 ? 0 : weights + static_cast<std::uint64_t>(node.shape.channels);
}

}  // namespace privquant
