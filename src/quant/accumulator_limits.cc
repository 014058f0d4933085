#include "quant/accumulator_limits.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

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

/// The least threshold, to `bisections` bits, for which `fits` holds; it holds for `most`.
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
      return rounded_sums(channel, threshold, largest).positive * limit.input_high <= std::max(high, 0.0);
    });
    of_negative = least_threshold(largest, [&](float threshold) {
      return -rounded_sums(channel, largest, threshold).negative * limit.input_high >= std::min(low, 0.0);
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
      limit_channel(channel, limit.high - own_bias[output], limit.low - own_bias[output], limit);
    }
  });
  return values;
}

double scaled(std::int64_t value, int exponent) { return std::ldexp(static_cast<double>(value), exponent); }

}  // namespace

std::vector<std::optional<AccumulatorLimit>> accumulator_limits(const Graph& graph) {
  const std::vector<std::int64_t> room = rounding_room(graph);
  std::vector<std::optional<AccumulatorLimit>> limits(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    if (weight_type(node)) {
      const TensorType& input = graph.nodes[node.inputs[0]].type;
      limits[id] = {static_cast<double>(node.type.max() - room[id]), static_cast<double>(node.type.min()),
                    static_cast<double>(input.max()), static_cast<double>(input.min())};
    }
    if (!std::holds_alternative<Add>(node.op)) continue;
    for (const std::size_t which : {0, 1}) {
      const NodeId own = node.inputs[which];
      if (!limits[own]) continue;
      const TensorType& other = graph.nodes[node.inputs[1 - which]].type;
      const int shift = graph.nodes[own].type.exponent - node.type.exponent;
      const int other_shift = other.exponent - node.type.exponent;
      const double high = static_cast<double>(node.type.max() - room[id]) - scaled(other.max(), other_shift);
      const double low = static_cast<double>(node.type.min()) - scaled(other.min(), other_shift);
      limits[own]->high = std::min(limits[own]->high, std::floor(std::ldexp(high, -shift)));
      limits[own]->low = std::max(limits[own]->low, std::ceil(std::ldexp(low, -shift)));
    }
  }
  return limits;
}

torch::Tensor limit_weights(const torch::Tensor& weights, const TensorType& type,
                            const torch::Tensor& integer_bias, const AccumulatorLimit& limit) {
  return ReplaceValues::apply(weights, limited_values(weights.detach(), type, integer_bias.detach(), limit));
}

}  // namespace privquant
