// The public half of validation: a graph that passes here can be trusted by planner, engine and executor.
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "nn/bounds.h"
#include "nn/graph.h"
#include "nn/limits.h"
#include "nn/node_error.h"
#include "nn/overloaded.h"
#include "nn/text.h"
#include "nn/value_range.h"

namespace privquant {

namespace {

void check_type(const Node& node, const TensorType& type) {
  const int most = type.is_signed ? 64 : 63;
  if (type.bits < 1 || type.bits > most) {
    fail_node(node, "a width of {} bits; {} types go from 1 to {}", type.bits,
              type.is_signed ? "signed" : "unsigned", most);
  }
  if (type.exponent < -max_exponent || type.exponent > max_exponent) {
    fail_node(node, "an exponent of {}; exponents go from {} to {}", type.exponent, -max_exponent,
              max_exponent);
  }
}

void check_weight_type(const Node& node, const TensorType& type) {
  if (!type.is_signed || type.bits > max_weight_bits) {
    fail_node(node, "weights of type {}; weights are signed, of 1 to {} bits", to_string(type),
              max_weight_bits);
  }
}

void check_signed(const Node& node, bool expected) {
  if (node.type.is_signed != expected) {
    fail_node(node, "the result {} must be {}", to_string(node.type), expected ? "signed" : "unsigned");
  }
}

void check_divisor(const Node& node, int log2_divisor) {
  if (log2_divisor < 0 || log2_divisor > max_shift) {
    fail_node(node, "a divisor of 2^{}; it goes from 2^0 to 2^{}", log2_divisor, max_shift);
  }
}

void check_same_type(const Node& node, const TensorType& input) {
  if (node.type != input) {
    fail_node(node, "the result {} must have the input's type {}", to_string(node.type), to_string(input));
  }
}

void check_holds_clamped(const Node& node, const TensorType& input) {
  const Interval range = clamp(node.op, {input.min(), input.max()});
  if (!holds(node.type, range)) {
    fail_node(node, "the result {} cannot hold {} to {}", to_string(node.type), range.low, range.high);
  }
}

void check_parameters(const Node& node) {
  std::visit(Overloaded{
                 [&](const Conv2d& conv) { check_type(node, conv.weight_type); },
                 [&](const Linear& linear) { check_type(node, linear.weight_type); },
                 [&](const Clip& clip) {
                   if (clip.low > clip.high) {
                     fail_node(node, "the lower limit {} lies above the upper limit {}", clip.low, clip.high);
                   }
                 },
                 [&](const AvgPool& pool) { check_divisor(node, pool.log2_divisor); },
                 [&](const GlobalAvgPool& pool) { check_divisor(node, pool.log2_divisor); },
                 [](const auto&) {},
             },
             node.op);
}

/// Types of operands and result; the structure is checked.
void check_operator(const Graph& graph, const Node& node) {
  const auto input = [&](std::size_t index) -> const TensorType& {
    return graph.nodes[node.inputs[index]].type;
  };
  std::visit(Overloaded{
                 [](const Input&) {},
                 [&](const Conv2d& conv) {
                   check_weight_type(node, conv.weight_type);
                   check_signed(node, true);
                 },
                 [&](const Linear& linear) {
                   check_weight_type(node, linear.weight_type);
                   check_signed(node, true);
                 },
                 [&](const Add&) {
                   const std::int64_t shift = std::int64_t{input(0).exponent} - input(1).exponent;
                   if (shift > max_shift || shift < -max_shift) {
                     fail_node(node, "exponents {} and {} lie more than {} apart", input(0).exponent,
                               input(1).exponent, max_shift);
                   }
                   check_signed(node, input(0).is_signed || input(1).is_signed);
                 },
                 [&](const Relu&) { check_holds_clamped(node, input(0)); },
                 [&](const Clip&) { check_holds_clamped(node, input(0)); },
                 [&](const Requantise&) {
                   const int shift = node.type.exponent - input(0).exponent;
                   if (shift < 0 || shift > max_shift) {
                     fail_node(node, "from exponent {} to {}: the shift goes from 0 to {}", input(0).exponent,
                               node.type.exponent, max_shift);
                   }
                 },
                 [&](const AvgPool&) { check_signed(node, input(0).is_signed); },
                 [&](const GlobalAvgPool&) { check_signed(node, input(0).is_signed); },
                 [&](const MaxPool&) { check_same_type(node, input(0)); },
                 [&](const Flatten&) { check_same_type(node, input(0)); },
                 [&](const PadChannels&) { check_same_type(node, input(0)); },
                 [&](const Concat&) {
                   for (std::size_t i = 0; i < node.inputs.size(); ++i) check_same_type(node, input(i));
                 },
                 [&](const ArgMax&) {
                   const std::int64_t last = graph.nodes[node.inputs[0]].shape.channels - 1;
                   if (node.type.exponent != 0 || !holds(node.type, {0, last})) {
                     fail_node(node, "the result {} must have exponent 0 and hold the indices 0 to {}",
                               to_string(node.type), last);
                   }
                 },
             },
             node.op);
}

void check_inputs_come_before(const Node& node, NodeId id) {
  for (const NodeId input : node.inputs) {
    if (input >= id) fail_node(node, "node {} takes node {}; inputs must come before", id, input);
  }
}

void check_structure(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  const bool is_input = std::holds_alternative<Input>(node.op);
  if (is_input != (id == 0)) fail_node(node, "node 0, and no other, must be the Input");
  if (std::holds_alternative<ArgMax>(node.op) && id + 1 != graph.nodes.size()) {
    fail_node(node, "ArgMax can only be the output");
  }
  check_inputs_come_before(node, id);
  check_type(node, node.type);
  const Shape shape = infer_shape(graph, node);
  if (node.shape != shape) {
    fail_node(node, "shape {} is declared, but its inputs give {}", to_string(node.shape), to_string(shape));
  }
  check_parameters(node);
}

void check_types(const Graph& graph, const Node& node) {
  check_operator(graph, node);
  if (const int exponent = infer_exponent(graph, node); node.type.exponent != exponent) {
    fail_node(node, "exponent {} is declared, but its inputs give {}", node.type.exponent, exponent);
  }
}

void check_text(std::string_view text, const char* what) {
  if (text.empty() || text.size() > max_name_bytes || !is_printable(text)) {
    fail(ErrorCode::model, "a {} is empty, longer than {} bytes or not printable text; rename it", what,
         max_name_bytes);
  }
}

void check_names(const Graph& graph) {
  check_text(graph.name, "network's name");
  std::unordered_set<std::string_view> names;
  for (const Node& node : graph.nodes) {
    check_text(node.name, "layer's name");
    if (!names.insert(node.name).second) fail_node(node, "two layers have this name; rename one");
  }
  for (const std::string& label : graph.labels) check_text(label, "label");
}

void check_used(const Graph& graph) {
  std::vector<bool> used(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    for (const NodeId input : node.inputs) used[input] = true;
  }
  for (NodeId id = 0; id + 1 < graph.nodes.size(); ++id) {
    if (!used[id]) fail_node(graph.nodes[id], "no layer uses its result; remove it");
  }
}

void check_total_size(const Graph& graph) {
  std::uint64_t channels = 0;
  std::size_t inputs = 0;
  for (const Node& node : graph.nodes) {
    channels += static_cast<std::uint64_t>(node.shape.channels);
    inputs += node.inputs.size();
  }
  if (inputs > max_total_inputs) {
    fail(ErrorCode::model, "the layers take {} inputs in all, more than {}; use a smaller network", inputs,
         max_total_inputs);
  }
  if (channels > max_total_channels) {
    fail(ErrorCode::model, "the network has {} channels in all, more than {}; use a smaller network",
         channels, max_total_channels);
  }
}

void check_preprocessing(const Graph& graph) {
  const auto channels = static_cast<std::size_t>(graph.input().shape.channels);
  const Preprocessing& preprocessing = graph.preprocessing;
  if (preprocessing.mean.size() != channels || preprocessing.deviation.size() != channels) {
    fail(ErrorCode::model, "preprocessing has {} means and {} deviations for {} channels; give one a channel",
         preprocessing.mean.size(), preprocessing.deviation.size(), channels);
  }
  for (std::size_t c = 0; c < channels; ++c) {
    if (!std::isfinite(preprocessing.mean[c]) || !std::isfinite(preprocessing.deviation[c]) ||
        preprocessing.deviation[c] <= 0) {
      fail(ErrorCode::model,
           "preprocessing of channel {}: mean and deviation must be finite, deviation above 0", c);
    }
  }
}

void check_labels(const Graph& graph) {
  const Node& output = graph.output();
  const Node& scores =
      std::holds_alternative<ArgMax>(output.op) ? graph.nodes[output.inputs.front()] : output;
  if (!graph.labels.empty() && graph.labels.size() != scores.shape.elements()) {
    fail(ErrorCode::model, "{} labels for {} classes; give one a class, or none", graph.labels.size(),
         scores.shape.elements());
  }
}

}  // namespace

void validate_structure(const Graph& graph) {
  if (graph.nodes.size() < 2 || graph.nodes.size() > max_nodes) {
    fail(ErrorCode::model, "a network of {} nodes; it needs an Input and a layer, and at most {} nodes",
         graph.nodes.size(), max_nodes);
  }
  check_names(graph);
  for (NodeId id = 0; id < graph.nodes.size(); ++id) check_structure(graph, id);
  check_used(graph);
  check_total_size(graph);
  check_preprocessing(graph);
  check_labels(graph);
}

void validate(const Graph& graph) {
  validate_structure(graph);
  for (const Node& node : graph.nodes) check_types(graph, node);
}

}  // namespace privquant
