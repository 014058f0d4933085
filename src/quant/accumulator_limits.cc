#include "quant/accumulator_limits.h"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bounds.h"
#include "quant/exponents.h"

namespace privquant {
namespace {

constexpr int bisections = 24;  // of a threshold: to a float's precision

/// The values of another tensor, the gradient of this one.
class ReplaceValues : public torch::autograd::Function<ReplaceValues> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext*, const torch::Tensor&,
                               const torch::Tensor& values) {
    return values;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 torch::autograd::variable_list gradients) {
    return {gradients[0], {}};
  }
};

/// One output's weights, and their grid.
struct Channel {
  float* weights;
  std::int64_t count;
  TensorType type;
  float inverse_unit;

  /// As fake_quantise rounds, in integers.
  double rounded(float weight) const {
    const double integer = std::floor(weight * inverse_unit + 0.5F);
    return std::clamp(integer, static_cast<double>(type.min()), static_cast<double>(type.max()));
  }
};

float moved(float weight, float towards_zero) {
  return weight > 0 ? std::max(weight - towards_zero, 0.0F) : std::min(weight + towards_zero, 0.0F);
}

/// Σ max(w, 0), Σ max(−w, 0) of the rounded weights.
struct Sums {
  double positive = 0, negative = 0;
};

Sums rounded_sums(const Channel& channel, float of_positive, float of_negative) {
  Sums sums;
  for (std::int64_t i = 0; i < channel.count; ++i) {
    const float weight = channel.weights[i];
    const double integer = channel.rounded(moved(weight, weight > 0 ? of_positive : of_negative));
    (integer > 0 ? sums.positive : sums.negative) += std::abs(integer);
  }
  return sums;
}

/// The least threshold, to `bisections` bits, for which `fits` holds; it holds for `most`, where no weight is left.
template <typename Fits>
float least_threshold(float most, const Fits& fits) {
  if (fits(0.0F)) return 0;
  float low = 0;
  float high = most;
  for (int i = 0; i < bisections; ++i) {
    const float middle = 0.5F * (low + high);
    (fits(middle) ? high : low) = middle;
  }
  return high;
}

void limit_channel(Channel& channel, double high, double low, const AccumulatorLimit& limit) {
  float largest = 0;
  for (std::int64_t i = 0; i < channel.count; ++i) largest = std::max(largest, std::abs(channel.weights[i]));
  float of_positive = 0;
  float of_negative = 0;
  if (limit.input_low < 0) {
    // Both signs add to either end: one threshold for both.
    of_positive = of_negative = least_threshold(largest, [&](float threshold) {
      const Sums sums = rounded_sums(channel, threshold, threshold);
      return sums.positive * limit.input_high - sums.negative * limit.input_low <= high &&
             -sums.negative * limit.input_high + sums.positive * limit.input_low >= low;
    });
  } else {
    of_positive = least_threshold(largest, [&](float threshold) {
      return rounded_sums(channel, threshold, largest).positive * limit.input_high <= high;
    });
    of_negative = least_threshold(largest, [&](float threshold) {
      return -rounded_sums(channel, largest, threshold).negative * limit.input_high >= low;
    });
  }
  if (of_positive == 0 && of_negative == 0) return;
  for (std::int64_t i = 0; i < channel.count; ++i) {
    const float weight = channel.weights[i];
    channel.weights[i] = moved(weight, weight > 0 ? of_positive : of_negative);
  }
}

torch::Tensor limited_values(const torch::Tensor& weights, const TensorType& type,
                             const torch::Tensor& integer_bias, const AccumulatorLimit& limit) {
  PQ_CHECK(weights.scalar_type() == torch::kFloat32 && weights.is_non_overlapping_and_dense() &&
           weights.stride(0) * weights.size(0) == weights.numel());
  torch::Tensor values = weights.clone();
  const torch::Tensor bias = integer_bias.to(torch::kFloat64).contiguous();
  const std::int64_t count = values.stride(0);
  auto* first = values.data_ptr<float>();
  const auto* own_bias = bias.data_ptr<double>();
  at::parallel_for(0, values.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t output = begin; output < end; ++output) {
      Channel channel{first + output * count, count, type,
                      static_cast<float>(std::ldexp(1.0, -type.exponent))};
      const auto at = static_cast<std::size_t>(output);
      limit_channel(channel, limit.high[at] - own_bias[output], limit.low[at] - own_bias[output], limit);
    }
  });
  return values;
}

double scaled(double value, int exponent) { return std::ldexp(value, exponent); }

/// What operand `which` of a sum may reach, in the sum's integers.
class SumShares {
 public:
  SumShares(const Graph& graph, const Node& sum, double room, const RealReach& reach)
      : graph_(graph),
        sum_(sum),
        reach_(reach),
        high_(static_cast<double>(sum.type.max()) - room),
        low_(static_cast<double>(sum.type.min())) {}

  double high(std::size_t which, std::size_t channel) const {
    return share(high_, own(which, channel).high, other(which, channel).high, which);
  }
  double low(std::size_t which, std::size_t channel) const {
    return -share(-low_, -own(which, channel).low, -other(which, channel).low, which);
  }

 private:
  bool is_layer(std::size_t which) const { return weight_type(graph_.nodes[sum_.inputs[which]]) != nullptr; }

  RealInterval own(std::size_t which, std::size_t channel) const {
    const NodeId id = sum_.inputs[which];
    const Node& node = graph_.nodes[id];
    if (!is_layer(which)) {
      const int shift = node.type.exponent - sum_.type.exponent;
      return {scaled(static_cast<double>(node.type.min()), shift),
              scaled(static_cast<double>(node.type.max()), shift)};
    }
    const RealInterval& real = reach_[id][channel];
    return {scaled(real.low, -sum_.type.exponent), scaled(real.high, -sum_.type.exponent)};
  }
  RealInterval other(std::size_t which, std::size_t channel) const { return own(1 - which, channel); }

  /// Of `whole`, where both are seen to reach `mine` and `others` now.
  double share(double whole, double mine, double others, std::size_t which) const {
    if (!is_layer(1 - which)) return std::max(whole - others, 0.0);  // the other one's range is given
    mine = std::max(mine, 0.0);
    others = std::max(others, 0.0);
    if (mine + others > whole) return whole * mine / (mine + others);
    return mine + 0.5 * (whole - mine - others);
  }

  const Graph& graph_;
  const Node& sum_;
  const RealReach& reach_;
  double high_, low_;
};

AccumulatorLimit limit_of_type(const Graph& graph, const Node& layer, double room) {
  const auto channels = static_cast<std::size_t>(layer.shape.channels);
  const TensorType& input = graph.nodes[layer.inputs[0]].type;
  return {std::vector<double>(channels, std::max(static_cast<double>(layer.type.max()) - room, 0.0)),
          std::vector<double>(channels, static_cast<double>(layer.type.min())),
          static_cast<double>(input.max()), static_cast<double>(input.min())};
}

}  // namespace

RealReach real_reach(const Model& model) {
  const auto reach = reachable(model);
  RealReach result(reach.size());
  for (NodeId id = 0; id < reach.size(); ++id) {
    const int exponent = model.graph.nodes[id].type.exponent;
    for (const Interval& channel : reach[id]) {
      result[id].push_back({scaled(static_cast<double>(channel.low), exponent),
                            scaled(static_cast<double>(channel.high), exponent)});
    }
  }
  return result;
}

std::vector<std::optional<AccumulatorLimit>> accumulator_limits(const Graph& graph, const RealReach& reach) {
  const std::vector<std::int64_t> room = rounding_room(graph);
  std::vector<std::optional<AccumulatorLimit>> limits(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    const auto own_room = static_cast<double>(room[id]);
    if (weight_type(node)) limits[id] = limit_of_type(graph, node, own_room);
    if (!std::holds_alternative<Add>(node.op)) continue;
    const SumShares shares(graph, node, own_room, reach);
    for (const std::size_t which : {0, 1}) {
      const NodeId own = node.inputs[which];
      if (!limits[own]) continue;
      const int shift = graph.nodes[own].type.exponent - node.type.exponent;
      for (std::size_t channel = 0; channel < limits[own]->high.size(); ++channel) {
        double& high = limits[own]->high[channel];
        double& low = limits[own]->low[channel];
        high = std::min(high, std::floor(scaled(shares.high(which, channel), -shift)));
        low = std::max(low, std::ceil(scaled(shares.low(which, channel), -shift)));
      }
    }
  }
  return limits;
}

torch::Tensor limit_bias(const torch::Tensor& bias, int exponent, const AccumulatorLimit& limit) {
  const auto bound = [&](const std::vector<double>& integers) {
    return torch::tensor(integers, torch::kFloat64) * std::ldexp(1.0, exponent);
  };
  const torch::Tensor clamped =
      torch::min(torch::max(bias.detach().to(torch::kFloat64), bound(limit.low)), bound(limit.high));
  return ReplaceValues::apply(bias, clamped.to(bias.scalar_type()));
}

torch::Tensor limit_weights(const torch::Tensor& weights, const TensorType& type,
                            const torch::Tensor& integer_bias, const AccumulatorLimit& limit) {
  return ReplaceValues::apply(weights, limited_values(weights.detach(), type, integer_bias.detach(), limit));
}

}  // namespace privquant
