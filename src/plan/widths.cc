#include <algorithm>

#include "nn/bounds.h"
#include "plan/lower.h"

namespace privquant {
namespace {

// What a consumer wants of operand `operand`; wanted[consumer] is known already.
int width_for(const Graph& graph, NodeId consumer, NodeId operand, const std::vector<int>& wanted) {
  const Node& node = graph.nodes[consumer];
  const TensorType& type = graph.nodes[operand].type;
  const auto visitor = [&]<typename Op>(const Op& op) {
    if constexpr (std::is_same_v<Op, Requantise>) {
      return requantise_facts(type, node.type).input_width;
    } else if constexpr (std::is_same_v<Op, Clip>) {
      return std::max(clip_width(type, op), wanted[consumer]);
    } else if constexpr (std::is_same_v<Op, MaxPool>) {
      return std::max(type.bits + 1, wanted[consumer]);  // room for the difference of two values
    } else if constexpr (std::is_same_v<Op, ArgMax>) {
      return type.bits + 1;
    } else if constexpr (std::is_same_v<Op, Conv2d> || std::is_same_v<Op, Linear>) {
      return type.bits;
    } else if constexpr (std::is_same_v<Op, Relu>) {
      return std::max(type.bits + (type.is_signed ? 0 : 1), wanted[consumer]);
    } else {
      return std::max(type.bits, wanted[consumer]);
    }
  };
  return std::visit(visitor, node.op);
}

}  // namespace

RequantiseFacts requantise_facts(const TensorType& input, const TensorType& output) {
  RequantiseFacts facts{};
  facts.shift = output.exponent - input.exponent;
  facts.rounding = facts.shift > 0 ? std::uint64_t{1} << (facts.shift - 1) : 0;
  // A signed accumulator's type already has room for the rounding constant (nn/bounds.h); an unsigned one's
  // has not.
  const std::int64_t highest =
      input.is_signed ? input.max() : input.max() + static_cast<std::int64_t>(facts.rounding);
  facts.clips_below = (input.min() >> facts.shift) < output.min();
  facts.clips_above = (highest >> facts.shift) > output.max();
  facts.input_width = input.is_signed ? input.bits : signed_bits({0, highest});
  // A signed result is clipped on both sides, and output.max − value must not overflow; after ReLU it cannot.
  if (output.is_signed && (facts.clips_below || facts.clips_above)) facts.input_width += 1;
  return facts;
}

int clip_width(const TensorType& input, const Clip& clip) {
  return std::max({signed_bits({input.min(), input.max()}),
                   signed_bits({clip.high - input.max(), clip.high - input.min()}),
                   signed_bits({input.min() - clip.low, input.max() - clip.low})});
}

std::vector<int> wanted_widths(const Graph& graph, const PlanOptions& options) {
  std::vector<int> wanted(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) wanted[id] = graph.nodes[id].type.bits;
  if (options.reveal != Reveal::logits) wanted.back() += 1;
  for (NodeId consumer = graph.nodes.size(); consumer-- > 0;) {
    for (const NodeId operand : graph.nodes[consumer].inputs)
      wanted[operand] = std::max(wanted[operand], width_for(graph, consumer, operand, wanted));
  }
  return wanted;
}

}  // namespace privquant
