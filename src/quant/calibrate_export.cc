// From trained real numbers to integers: the second half of TrainableNetwork.
#include <torch/nn/modules/batchnorm.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bounds.h"
#include "nn/integer_bias.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/trainable_network.h"

namespace privquant {
namespace {

/// The integers behind values that lie on the grid of 2^exponent.
std::vector<std::int16_t> integers_of(const torch::Tensor& values, int exponent) {
  const torch::Tensor scaled =
      (values.to(torch::kFloat64) * std::ldexp(1.0, -exponent)).contiguous().flatten();
  const double* first = scaled.data_ptr<double>();
  std::vector<std::int16_t> integers;
  integers.reserve(static_cast<std::size_t>(scaled.numel()));
  std::transform(first, first + scaled.numel(), std::back_inserter(integers), [](double value) {
    PQ_CHECK(value == std::floor(value));
    return static_cast<std::int16_t>(value);
  });
  return integers;
}

}  // namespace

void TrainableNetwork::fold_batch_norm() {
  const torch::NoGradGuard no_gradient;
  for (NodeId id = 0; id < layers_.size(); ++id) {
    if (!layers_[id] || layers_[id]->norm.is_empty()) continue;
    Layer& layer = *layers_[id];
    const torch::nn::BatchNorm2dImpl& norm = *layer.norm;
    const torch::Tensor factor = norm.weight / torch::sqrt(norm.running_var + norm.options.eps());
    layer.weight.mul_(factor.view({-1, 1, 1, 1}));
    layer.bias.sub_(norm.running_mean).mul_(factor).add_(norm.bias);
    unregister_module(layer.norm_name);
    layer.norm = nullptr;
  }
}

void TrainableNetwork::calibrate(const torch::Tensor& pictures) {
  PQ_CHECK(!quantised_ && children().empty());
  const torch::NoGradGuard no_gradient;
  std::vector<int> best(graph_.nodes.size());
  forward(pictures, [&](NodeId id, const torch::Tensor& result) {
    const Node& node = graph_.nodes[id];
    if (const TensorType* type = weight_type(node))
      best[id] = choose_exponent(layers_[id]->weight, type->bits, type->is_signed);
    if (std::holds_alternative<Requantise>(node.op))
      best[id] = choose_exponent(result, node.type.bits, node.type.is_signed);
  });
  set_exponents(graph_, [&](NodeId id) { return best[id]; });
  quantised_ = true;
}

Model TrainableNetwork::export_model() const {
  PQ_CHECK(quantised_);
  const torch::NoGradGuard no_gradient;
  Model model{graph_, std::vector<std::optional<LayerWeights>>(graph_.nodes.size())};
  for (NodeId id = 0; id < layers_.size(); ++id) {
    if (!layers_[id]) continue;
    Node& node = model.graph.nodes[id];
    const TensorType type = *weight_type(node);
    const torch::Tensor bias = quantised_bias(id).contiguous();
    model.weights[id] =
        LayerWeights{integers_of(quantised_weight(id), type.exponent),
                     integer_bias(node, {bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel()})};
  }
  set_accumulator_widths(model);
  validate(model);
  return model;
}

}  // namespace privquant
