#include "nn/bounds.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "nn/limits.h"
#include "nn/node_error.h"
#include "nn/overloaded.h"
#include "nn/requantise.h"
#include "nn/value_range.h"

namespace privquant {

namespace {

// 2^31 products of a 16-bit weight and a 64-bit value stay below 2^111.
__extension__ typedef __int128 Wide;  // NOLINT(modernize-use-using): __extension__ needs a typedef
using Intervals = std::vector<Interval>;

Interval narrow(const Node& node, Wide low, Wide high) {
  if (low < std::numeric_limits<std::int64_t>::min() || high > std::numeric_limits<std::int64_t>::max()) {
    fail_node(node, "its accumulator needs more than 64 bits; use narrower weights or activations");
  }
  return {static_cast<std::int64_t>(low), static_cast<std::int64_t>(high)};
}

Interval with_zero(Interval interval) {
  return {std::min<std::int64_t>(interval.low, 0), std::max<std::int64_t>(interval.high, 0)};
}

bool pads(const Window& window) {
  return window.pad_top > 0 || window.pad_left > 0 || window.pad_bottom > 0 || window.pad_right > 0;
}

std::size_t taps(const Window& window) {
  return static_cast<std::size_t>(window.kernel_height) * static_cast<std::size_t>(window.kernel_width);
}

/// weights[out][in / groups][taps]; every tap of a channel sees the channel's interval.
Intervals weighted_sums(const Node& node, const LayerWeights& layer, const Intervals& input,
                        std::size_t groups, std::size_t taps_per_channel) {
  const std::size_t outputs = layer.bias.size();
  const std::size_t group_inputs = input.size() / groups;
  Intervals result(outputs);
  std::size_t next = 0;
  for (std::size_t o = 0; o < outputs; ++o) {
    const std::size_t first_input = o / (outputs / groups) * group_inputs;
    Wide low = layer.bias[o];
    Wide high = layer.bias[o];
    for (std::size_t i = 0; i < group_inputs; ++i) {
      std::int64_t positive = 0;
      std::int64_t negative = 0;
      for (std::size_t t = 0; t < taps_per_channel; ++t) {
        const std::int16_t weight = layer.weights[next++];
        (weight > 0 ? positive : negative) += weight;
      }
      const Interval x = input[first_input + i];
      low += static_cast<Wide>(positive) * x.low + static_cast<Wide>(negative) * x.high;
      high += static_cast<Wide>(positive) * x.high + static_cast<Wide>(negative) * x.low;
    }
    result[o] = narrow(node, low, high);
  }
  return result;
}

Intervals convolution(const Node& node, const Conv2d& conv, const LayerWeights& layer, Intervals input) {
  if (pads(conv.window)) std::transform(input.begin(), input.end(), input.begin(), with_zero);
  return weighted_sums(node, layer, input, static_cast<std::size_t>(conv.groups), taps(conv.window));
}

Intervals sum(const Node& node, const Intervals& a, int shift_a, const Intervals& b, int shift_b) {
  const Wide scale_a = Wide{1} << shift_a;
  const Wide scale_b = Wide{1} << shift_b;
  Intervals result(a.size());
  for (std::size_t c = 0; c < a.size(); ++c) {
    result[c] =
        narrow(node, a[c].low * scale_a + b[c].low * scale_b, a[c].high * scale_a + b[c].high * scale_b);
  }
  return result;
}

Intervals times(const Node& node, Intervals input, std::size_t count) {
  for (Interval& interval : input) {
    interval = narrow(node, static_cast<Wide>(interval.low) * static_cast<Wide>(count),
                      static_cast<Wide>(interval.high) * static_cast<Wide>(count));
  }
  return input;
}

bool hands_values_on(const Operator& op) {
  return std::holds_alternative<Relu>(op) || std::holds_alternative<Clip>(op) ||
         std::holds_alternative<MaxPool>(op) || std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<Concat>(op) || std::holds_alternative<PadChannels>(op);
}

}  // namespace

std::vector<Interval> reachable_result(const Model& model, NodeId id, const std::vector<Intervals>& earlier) {
  const Graph& graph = model.graph;
  const Node& node = graph.nodes[id];
  const auto input = [&](std::size_t index) -> const Intervals& { return earlier[node.inputs[index]]; };
  const auto input_node = [&](std::size_t index) -> const Node& { return graph.nodes[node.inputs[index]]; };
  return std::visit(
      Overloaded{
          [&](const Input&) {
            return Intervals(static_cast<std::size_t>(node.shape.channels),
                             {node.type.min(), node.type.max()});
          },
          [&](const Conv2d& conv) { return convolution(node, conv, *model.weights[id], input(0)); },
          [&](const Linear&) { return weighted_sums(node, *model.weights[id], input(0), 1, 1); },
          [&](const Add&) {
            return sum(node, input(0), input_node(0).type.exponent - node.type.exponent, input(1),
                       input_node(1).type.exponent - node.type.exponent);
          },
          [&](const Requantise&) {
            const Requantiser requantise(input_node(0).type, node.type);
            Intervals result = input(0);
            for (Interval& x : result) x = {requantise(x.low), requantise(x.high)};
            return result;
          },
          [&](const AvgPool& pool) {
            Intervals values = input(0);
            if (pads(pool.window)) std::transform(values.begin(), values.end(), values.begin(), with_zero);
            return times(node, std::move(values), taps(pool.window));
          },
          [&](const GlobalAvgPool&) {
            const Shape& shape = input_node(0).shape;
            return times(node, input(0), Shape{1, shape.height, shape.width}.elements());
          },
          [&](const Flatten&) {
            const Shape& shape = input_node(0).shape;
            const std::size_t plane = Shape{1, shape.height, shape.width}.elements();
            Intervals result;
            result.reserve(shape.elements());
            for (const Interval& channel : input(0)) result.insert(result.end(), plane, channel);
            return result;
          },
          [&](const Concat&) {
            Intervals result;
            for (std::size_t i = 0; i < node.inputs.size(); ++i) {
              result.insert(result.end(), input(i).begin(), input(i).end());
            }
            return result;
          },
          [&](const PadChannels& pad) {
            Intervals result(static_cast<std::size_t>(node.shape.channels));
            std::copy(input(0).begin(), input(0).end(), result.begin() + pad.before);
            return result;
          },
          [&](const ArgMax&) {
            return Intervals{{0, input_node(0).shape.channels - 1}};
          },
          [&](const auto&) {  // Relu, Clip, MaxPool
            Intervals result = input(0);
            for (Interval& x : result) x = clamp(node.op, x);
            return result;
          },
      },
      node.op);
}

std::vector<std::vector<Interval>> reachable(const Model& model) {
  std::vector<Intervals> result;
  result.reserve(model.graph.nodes.size());
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id)
    result.push_back(reachable_result(model, id, result));
  return result;
}

std::vector<std::int64_t> rounding_room(const Graph& graph) {
  std::vector<std::int64_t> room(graph.nodes.size(), 0);
  for (NodeId id = graph.nodes.size(); id-- > 0;) {
    const Node& node = graph.nodes[id];
    std::int64_t needed = 0;
    if (std::holds_alternative<Requantise>(node.op)) {
      needed = Requantiser(graph.nodes[node.inputs[0]].type, node.type).rounding_constant();
    } else if (hands_values_on(node.op)) {
      needed = room[id];
    }
    for (const NodeId input : node.inputs) room[input] = std::max(room[input], needed);
  }
  return room;
}

int signed_bits(Interval interval) {
  const auto magnitude = [](std::int64_t value) {
    return std::bit_width(static_cast<std::uint64_t>(value < 0 ? ~value : value));
  };
  return static_cast<int>(std::max(magnitude(interval.low), magnitude(interval.high))) + 1;
}

bool is_accumulator(const Operator& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op) ||
         std::holds_alternative<Add>(op) || std::holds_alternative<AvgPool>(op) ||
         std::holds_alternative<GlobalAvgPool>(op);
}

Interval required_interval(const Node& node, const std::vector<Interval>& reachable_values,
                           std::int64_t room) {
  Wide low = 0;
  Wide high = 0;
  for (const Interval& interval : reachable_values) {
    low = std::min<Wide>(low, interval.low);
    high = std::max<Wide>(high, static_cast<Wide>(interval.high) + room);
  }
  return narrow(node, low, high);
}

}  // namespace privquant
