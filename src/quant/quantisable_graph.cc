#include "quant/quantisable_graph.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "base/error.h"
#include "nn/node_error.h"
#include "search/network_price.h"

namespace privquant {
namespace {

bool is_layer(const Operator& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

bool is_activation(const Operator& op) {
  return std::holds_alternative<Relu>(op) || std::holds_alternative<Clip>(op);
}

bool averages(const Operator& op) {
  return std::holds_alternative<AvgPool>(op) || std::holds_alternative<GlobalAvgPool>(op);
}

bool is_sum(const Operator& op) { return is_layer(op) || averages(op) || std::holds_alternative<Add>(op); }

bool hands_on(const Operator& op) {
  return std::holds_alternative<MaxPool>(op) || std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<PadChannels>(op);
}

/// What of the real graph decides where values are rounded.
class Facts {
 public:
  Facts(const Graph& real, const NetworkWidths& widths, int residual_bits)
      : real_(real),
        residual_bits_(residual_bits),
        consumers_(real.nodes.size()),
        input_bits_(real.nodes.size()) {
    for (NodeId id = 0; id < real.nodes.size(); ++id) {
      for (const NodeId input : real.nodes[id].inputs) consumers_[input].push_back(id);
    }
    const std::vector<NodeId> layers = weighted_nodes(real);
    PQ_CHECK(layers.size() == widths.size());
    for (std::size_t i = 0; i < layers.size(); ++i) input_bits_[layers[i]] = widths[i].input_bits;
    // Consumers come later, inputs earlier.
    bits_needed_.resize(real.nodes.size());
    nonnegative_.resize(real.nodes.size());
    for (NodeId id = 0; id < real.nodes.size(); ++id) nonnegative_[id] = find_nonnegative(id);
    for (NodeId id = real.nodes.size(); id-- > 0;) bits_needed_[id] = find_bits_needed(id);
  }

  const std::vector<NodeId>& consumers(NodeId id) const { return consumers_[id]; }
  int input_bits(NodeId layer) const { return input_bits_[layer]; }

  /// The widest that any consumer reads.
  int bits_needed(NodeId id) const { return bits_needed_[id]; }
  bool is_nonnegative(NodeId id) const { return nonnegative_[id]; }

  /// Whether only activations, or nobody, read the value, so that it need not be rounded yet.
  bool is_rounded_later(NodeId id) const {
    return std::all_of(consumers_[id].begin(), consumers_[id].end(), [&](NodeId consumer) {
      const Operator& op = real_.nodes[consumer].op;
      return is_activation(op) || (hands_on(op) && is_rounded_later(consumer));
    });
  }

 private:
  int find_bits_needed(NodeId id) const {
    int bits = consumers_[id].empty() ? residual_bits_ : 1;
    for (const NodeId consumer : consumers_[id]) {
      const Operator& op = real_.nodes[consumer].op;
      if (is_layer(op)) {
        bits = std::max(bits, input_bits_[consumer]);
      } else if (averages(op) || std::holds_alternative<Add>(op)) {
        bits = std::max(bits, residual_bits_);
      } else {
        bits = std::max(bits, bits_needed_[consumer]);
      }
    }
    return bits;
  }

  bool find_nonnegative(NodeId id) const {
    const Node& node = real_.nodes[id];
    const auto of_inputs = [&] {
      return std::all_of(node.inputs.begin(), node.inputs.end(),
                         [&](NodeId input) { return nonnegative_[input]; });
    };
    if (const auto* clip = std::get_if<Clip>(&node.op)) return clip->low >= 0 || of_inputs();
    if (std::holds_alternative<Relu>(node.op)) return true;
    if (is_layer(node.op) || std::holds_alternative<Input>(node.op)) return false;
    return of_inputs();
  }

  const Graph& real_;
  int residual_bits_;
  std::vector<std::vector<NodeId>> consumers_;
  std::vector<int> input_bits_;
  std::vector<int> bits_needed_;
  std::vector<bool> nonnegative_;
};

/// Why the node has no quantised form; empty if it has one.
std::string problem_of(const Node& node) {
  const Operator& op = node.op;
  if (const auto* clip = std::get_if<Clip>(&op)) {
    if (clip->low == 0) return {};
    return "a Clip that does not begin at 0 has no quantised form; clip from 0 upwards";
  }
  if (is_sum(op) || is_activation(op) || hands_on(op) || std::holds_alternative<Concat>(op) ||
      std::holds_alternative<Input>(op))
    return {};
  return operator_name(op) + " has no quantised form; remove it before quantising";
}

/// All at once.
void refuse_operators(const Graph& real) {
  std::vector<std::string> problems;
  for (const Node& node : real.nodes) {
    const std::string problem = problem_of(node);
    if (!problem.empty())
      problems.push_back(fmt::format("layer \"{}\" ({}): {}", node.name, operator_name(node.op), problem));
  }
  if (problems.size() == 1) fail(ErrorCode::model, "{}", problems[0]);
  if (!problems.empty()) {
    fail(ErrorCode::model, "this network has no quantised form ({} problems):\n  {}", problems.size(),
         fmt::join(problems, "\n  "));
  }
}

class Quantiser {
 public:
  Quantiser(const Graph& real, const NetworkWidths& widths, int residual_bits, const TensorType& input_type)
      : real_(real),
        facts_(real, widths, residual_bits),
        residual_bits_(residual_bits),
        place_(real.nodes.size()) {
    result_.graph.name = real.name;
    result_.graph.preprocessing = real.preprocessing;
    result_.graph.labels = real.labels;
    const std::vector<NodeId> layers = weighted_nodes(real);
    for (std::size_t i = 0; i < layers.size(); ++i) weight_bits_[layers[i]] = widths[i].weight_bits;
    for (NodeId id = 0; id < real.nodes.size(); ++id)
      place_[id] = id == 0 ? append_input(input_type) : place(id);
  }

  QuantisableGraph take() { return std::move(result_); }

 private:
  NodeId append(const std::string& name, const Operator& op, std::vector<NodeId> inputs, TensorType type,
                NodeId source) {
    Node node{name, op, std::move(inputs), type, {}};
    node.shape = source == 0 ? real_.nodes[0].shape : infer_shape(result_.graph, node);
    result_.graph.nodes.push_back(std::move(node));
    result_.source.push_back(source);
    return result_.graph.nodes.size() - 1;
  }

  NodeId append_input(const TensorType& type) { return append(real_.nodes[0].name, Input{}, {}, type, 0); }

  NodeId requantise(NodeId from, const TensorType& type, const std::string& name, NodeId source) {
    return append(name, Requantise{}, {from}, type, source);
  }

  const TensorType& type_of(NodeId quantised) const { return result_.graph.nodes[quantised].type; }

  /// Real value `id` as integers of `bits` bits, requantised if they have others or are a sum.
  NodeId at_width(NodeId id, int bits) {
    const NodeId from = place_[id];
    const bool rounded = !is_sum(result_.graph.nodes[from].op);
    if (rounded && type_of(from).bits <= bits) return from;
    // The picture is as exact as it was given.
    if (std::holds_alternative<Input>(result_.graph.nodes[from].op)) return from;
    const auto known = narrowed_.find({id, bits});
    if (known != narrowed_.end()) return known->second;
    const TensorType type{bits, !facts_.is_nonnegative(id), 0};
    const std::string name = real_.nodes[id].name + "_to" + std::to_string(bits);
    const NodeId result = requantise(from, type, name, id);
    narrowed_[{id, bits}] = result;
    return result;
  }

  /// A sum that several read, or that is not added to anything, is rounded where it arises.
  NodeId addend(NodeId id) {
    const bool only_added = facts_.consumers(id).size() == 1 && is_layer(real_.nodes[id].op);
    return only_added ? place_[id] : at_width(id, residual_bits_);
  }

  NodeId place(NodeId id) {
    const Node& node = real_.nodes[id];
    if (is_layer(node.op)) {
      Operator op = node.op;
      const TensorType type{weight_bits_.at(id), true, 0};
      if (auto* conv = std::get_if<Conv2d>(&op)) conv->weight_type = type;
      if (auto* linear = std::get_if<Linear>(&op)) linear->weight_type = type;
      return append(node.name, op, {at_width(node.inputs[0], facts_.input_bits(id))}, {}, id);
    }
    if (is_activation(node.op)) return activation(id);
    if (std::holds_alternative<Add>(node.op))
      return append(node.name, Add{}, {addend(node.inputs[0]), addend(node.inputs[1])}, {}, id);
    if (averages(node.op))
      return append(node.name, node.op, {at_width(node.inputs[0], residual_bits_)}, {}, id);
    if (std::holds_alternative<Concat>(node.op)) return concat(id);
    PQ_CHECK(hands_on(node.op));  // refuse_operators() knows no others
    const bool rounds_later = facts_.is_rounded_later(id);
    const NodeId from =
        rounds_later ? place_[node.inputs[0]] : at_width(node.inputs[0], facts_.bits_needed(id));
    return append(node.name, node.op, {from}, type_of(from), id);
  }

  NodeId activation(NodeId id) {
    const Node& node = real_.nodes[id];
    const NodeId from = place_[node.inputs[0]];
    const TensorType type{facts_.bits_needed(id), false, 0};
    return requantise(from, type, node.name, id);
  }

  NodeId concat(NodeId id) {
    const Node& node = real_.nodes[id];
    const int bits = facts_.bits_needed(id);
    std::vector<NodeId> inputs;
    inputs.reserve(node.inputs.size());
    for (const NodeId input : node.inputs) inputs.push_back(at_width(input, bits));
    for (const NodeId input : inputs) {
      if (type_of(input).is_signed != type_of(inputs[0]).is_signed ||
          type_of(input).bits != type_of(inputs[0]).bits)
        fail_node(node, "joins values of {} and {}; put a ReLU after each of them",
                  to_string(type_of(inputs[0])), to_string(type_of(input)));
    }
    return append(node.name, Concat{}, inputs, type_of(inputs[0]), id);
  }

  const Graph& real_;
  Facts facts_;
  int residual_bits_;
  std::vector<NodeId> place_;  ///< by real node: the quantised node with its value
  std::map<NodeId, int> weight_bits_;
  std::map<std::pair<NodeId, int>, NodeId> narrowed_;
  QuantisableGraph result_;
};

}  // namespace

QuantisableGraph quantisable_graph(const Graph& real, const NetworkWidths& widths, int residual_bits,
                                   const TensorType& input_type) {
  refuse_operators(real);
  return Quantiser(real, widths, residual_bits, input_type).take();
}

AllRealWeights weights_of(const AllRealWeights& real, const QuantisableGraph& quantisable) {
  AllRealWeights result(quantisable.graph.nodes.size());
  for (NodeId id = 0; id < result.size(); ++id) {
    if (is_layer(quantisable.graph.nodes[id].op)) result[id] = real.at(quantisable.source[id]);
  }
  return result;
}

}  // namespace privquant
