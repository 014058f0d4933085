// From trained real numbers to integers: the second half of TrainableNetwork.
#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bounds.h"
#include "quant/fake_quantise.h"
#include "quant/trainable_network.h"

namespace privquant {
namespace {

/// The integers behind values that lie on the grid of 2^exponent.
template <typename Integer>
std::vector<Integer> integers_of(const torch::Tensor& values, int exponent) {
  const torch::Tensor scaled =
      (values.to(torch::kFloat64) * std::ldexp(1.0, -exponent)).contiguous().flatten();
  const double* first = scaled.data_ptr<double>();
  std::vector<Integer> integers;
  integers.reserve(static_cast<std::size_t>(scaled.numel()));
  std::transform(first, first + scaled.numel(), std::back_inserter(integers), [](double value) {
    PQ_CHECK(value == std::floor(value));
    return static_cast<Integer>(value);
  });
  return integers;
}

TensorType* weight_type(Node& node) {
  if (auto* conv = std::get_if<Conv2d>(&node.op)) return &conv->weight_type;
  if (auto* linear = std::get_if<Linear>(&node.op)) return &linear->weight_type;
  return nullptr;
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
    unregister_module(graph_.nodes[id].name + "_norm");
    layer.norm = nullptr;
  }
}

void TrainableNetwork::calibrate(const torch::Tensor& pictures) {
  PQ_CHECK(!quantised_ && children().empty());
  const torch::NoGradGuard no_gradient;
  forward(pictures, [this](NodeId id, const torch::Tensor& result) {
    Node& node = graph_.nodes[id];
    if (TensorType* type = weight_type(node)) {
      type->exponent = choose_exponent(layers_[id]->weight, type->bits, type->is_signed);
    }
    if (std::holds_alternative<Requantise>(node.op)) {
      const int finest = graph_.nodes[node.inputs.at(0)].type.exponent;
      const int best = choose_exponent(result, node.type.bits, node.type.is_signed);
      node.type.exponent = std::max(best, finest);
    } else {
      node.type.exponent = infer_exponent(graph_, node);
    }
  });
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
    const int exponent = node.type.exponent;
    model.weights[id] = LayerWeights{
        integers_of<std::int16_t>(fake_quantise_weights(layers_[id]->weight, type), type.exponent),
        integers_of<std::int64_t>(fake_quantise_bias(layers_[id]->bias, exponent), exponent)};
  }
  set_accumulator_widths(model);
  validate(model);
  return model;
}

}  // namespace privquant
