#include "plan/widths.h"

#include <algorithm>
#include <bit>

#include "nn/bounds.h"

namespace privquant {
namespace {

__extension__ using Wide = __int128;  // limits and sums of 64-bit numbers

constexpr int max_ring_bits = 64;

// The two's-complement width that holds [low, high].
int width_of(Wide low, Wide high) {
  int bits = 1;
  while (low < -(Wide{1} << (bits - 1)) || high >= (Wide{1} << (bits - 1))) ++bits;
  return bits;
}

// Whether a node's type has room for the rounding constant of a Requantise behind it: accumulators' types do
// (nn/bounds.h), also through nodes that hand the very type on.
bool has_rounding_room(const Graph& graph, NodeId id) {
  const Node& node = graph.nodes[id];
  if (is_accumulator(node.op)) return node.type.is_signed;
  const bool hands_on = std::holds_alternative<MaxPool>(node.op) ||
                        std::holds_alternative<Flatten>(node.op) || std::holds_alternative<Concat>(node.op) ||
                        std::holds_alternative<PadChannels>(node.op);
  return hands_on && std::all_of(node.inputs.begin(), node.inputs.end(),
                                 [&](NodeId input) { return has_rounding_room(graph, input); });
}

// What a consumer wants of operand `operand`; wanted[consumer] is known already.
int width_for(const Graph& graph, NodeId consumer, NodeId operand, const std::vector<int>& wanted,
              const Profile& profile) {
  const Node& node = graph.nodes[consumer];
  const TensorType& type = graph.nodes[operand].type;
  const auto visitor = [&]<typename Op>(const Op& op) {
    if constexpr (std::is_same_v<Op, Requantise>) {
      return requantise_facts(graph, consumer, profile).input_width;
    } else if constexpr (std::is_same_v<Op, Add>) {
      // The shift to the sum's exponent widens for nothing.
      const int shift = type.exponent - node.type.exponent;
      return profile.on(Pass::residual) ? std::max(type.bits, wanted[consumer] - shift) : type.bits;
    } else if constexpr (std::is_same_v<Op, Clip>) {
      return std::max(clip_facts(type, op).width, wanted[consumer]);
    } else if constexpr (std::is_same_v<Op, MaxPool>) {
      // A choice of elements needs no room; where width costs something, what is chosen is widened later.
      if (op.window.kernel_height == 1 && op.window.kernel_width == 1) {
        return is_accumulator(graph.nodes[operand].op) ? std::max(type.bits, wanted[consumer]) : type.bits;
      }
      return std::max(type.bits + 1, wanted[consumer]);  // room for the difference of two values
    } else if constexpr (std::is_same_v<Op, ArgMax>) {
      return type.bits + 1;
    } else if constexpr (std::is_same_v<Op, Conv2d> || std::is_same_v<Op, Linear>) {
      return type.bits;
    } else {
      return std::max(type.bits, wanted[consumer]);
    }
  };
  return std::visit(visitor, node.op);
}

}  // namespace

RequantiseFacts requantise_facts(const Graph& graph, NodeId requantise, const Profile& profile) {
  const Node& node = graph.nodes[requantise];
  const TensorType& input = graph.nodes[node.inputs[0]].type;
  const TensorType& output = node.type;
  RequantiseFacts facts{};
  facts.shift = output.exponent - input.exponent;
  facts.rounding = facts.shift > 0 ? std::uint64_t{1} << (facts.shift - 1) : 0;
  Wide highest = input.max();
  if (!has_rounding_room(graph, node.inputs[0])) highest += facts.rounding;
  facts.clips_below = (input.min() >> facts.shift) < output.min();
  facts.clips_above = (highest >> facts.shift) > output.max();
  facts.input_width = std::max(width_of(input.min(), highest), facts.shift + 1);
  if (!facts.clips_below && !facts.clips_above) return facts;
  const Wide most = highest >> facts.shift;
  facts.exceeds_by_one = profile.on(Pass::clip_window) && !input.is_signed && !output.is_signed &&
                         most == Wide{1} << output.bits;
  if (facts.exceeds_by_one) {
    facts.input_width = facts.shift + output.bits + 1;
  } else if (output.is_signed) {
    // The clip's differences must not overflow: value − output.min, or output.max − value.
    const Wide least = input.min() >> facts.shift;
    const int differences = profile.on(Pass::clip_window) && facts.clips_below && facts.clips_above
                                ? width_of(least - output.min(), most - output.min())
                                : width_of(least, most) + 1;
    facts.input_width = std::max(facts.input_width, differences + facts.shift);
  }
  return facts;
}

ClipFacts clip_facts(const TensorType& input, const Clip& clip) {
  const Wide low = input.min();
  const Wide high = input.max();
  ClipFacts facts{low<clip.low, high> clip.high, width_of(low, high)};
  // x − clip.low and clip.high − x, as far as they are formed.
  if (facts.below) facts.width = std::max(facts.width, width_of(low - clip.low, high - clip.low));
  if (facts.above) facts.width = std::max(facts.width, width_of(clip.high - high, clip.high - low));
  return facts;
}

std::vector<int> wanted_widths(const Graph& graph, const PlanOptions& options, const Profile& profile) {
  std::vector<int> wanted(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) wanted[id] = graph.nodes[id].type.bits;
  if (options.reveal != Reveal::logits) wanted.back() += 1;
  for (NodeId consumer = graph.nodes.size(); consumer-- > 0;) {
    for (const NodeId operand : graph.nodes[consumer].inputs) {
      const int width = width_for(graph, consumer, operand, wanted, profile);
      if (width > max_ring_bits)
        fail(ErrorCode::model, "layer '{}': it needs a ring of {} bits; rings go to {}",
             graph.nodes[consumer].name, width, max_ring_bits);
      wanted[operand] = std::max(wanted[operand], width);
    }
  }
  return wanted;
}

int fan_in_bits(const Graph& graph, NodeId node) {
  const std::uint64_t outputs = graph.nodes[node].shape.elements();
  const std::uint64_t fan_in = multiply_accumulates(graph, node) / std::max<std::uint64_t>(outputs, 1);
  return fan_in <= 1 ? 0 : static_cast<int>(std::bit_width(fan_in - 1));
}

Graph with_fan_in_widths(const Graph& graph) {
  Graph wide = graph;
  for (NodeId id = 0; id < wide.nodes.size(); ++id) {
    Node& node = wide.nodes[id];
    if (node.inputs.empty()) continue;
    const TensorType& input = wide.nodes[node.inputs[0]].type;
    const auto visitor = [&]<typename Op>(const Op& op) {
      if constexpr (std::is_same_v<Op, Conv2d> || std::is_same_v<Op, Linear>) {
        return op.weight_type.bits + input.bits + fan_in_bits(wide, id);
      } else if constexpr (std::is_same_v<Op, Add>) {
        int bits = 0;
        for (const NodeId operand : node.inputs) {
          const TensorType& type = wide.nodes[operand].type;
          bits = std::max(bits, type.bits + type.exponent - node.type.exponent);
        }
        return bits + 1;
      } else if constexpr (std::is_same_v<Op, MaxPool> || std::is_same_v<Op, Flatten> ||
                           std::is_same_v<Op, Relu> || std::is_same_v<Op, PadChannels>) {
        return input.bits;
      } else {
        return node.type.bits;
      }
    };
    node.type.bits = std::max(node.type.bits, std::visit(visitor, node.op));
    const int most = max_ring_bits - (node.type.is_signed ? 0 : 1);
    if (node.type.bits > most)
      fail(ErrorCode::model, "layer '{}': its accumulator needs {} bits by its fan-in; it may have {}",
           node.name, node.type.bits, most);
  }
  return wide;
}

}  // namespace privquant
