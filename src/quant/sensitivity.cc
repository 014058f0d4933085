#include "quant/sensitivity.h"

#include <torch/autograd.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"

namespace privquant {
namespace {

constexpr int probes = 8;                 // random directions of Hutchinson's estimate
constexpr std::int64_t probe_batch = 64;  // pictures for each

/// What the estimates share: the network in real numbers, and the tensors that layers read.
class Estimator {
 public:
  Estimator(const PostTraining& rounded, const TrainingSet& pictures)
      : rounded_(rounded), pictures_(pictures), network_(rounded.model().graph, rounded.model().weights) {
    network_.eval();
    const std::size_t layers = rounded.layers().size();
    result_.weights.assign(layers, std::vector<double>(rounding_widths));
    result_.inputs.assign(layers, std::vector<double>(rounding_widths));
    for (const NodeId layer : rounded.layers())
      weights_.push_back(torch::tensor(rounded.model().weights[layer]->weights));
    result_.curvature.resize(layers);
  }

  /// Sums over pictures; `of_weights` if the Fisher information of weights is wanted, too.
  void add_fisher(std::int64_t picture, std::uint64_t random, bool of_weights) {
    std::vector<torch::Tensor> values;
    const torch::Tensor outputs =
        network_.forward(pictures_.values.narrow(0, picture, 1), [&](NodeId, const torch::Tensor& value) {
          if (value.requires_grad()) value.retain_grad();
          values.push_back(value);
        });
    const torch::Tensor label = torch::full({1}, draw_class(outputs, random), torch::kInt64);
    network_.zero_grad();
    torch::nn::functional::cross_entropy(outputs, label).backward();
    const torch::NoGradGuard no_gradient;
    for (std::size_t layer = 0; layer < rounded_.layers().size(); ++layer) {
      add_input(layer, values);
      if (of_weights) add_weights(layer, network_.weight(rounded_.layers()[layer]).grad().square());
    }
  }

  void add_hutchinson(std::int64_t first, std::mt19937_64& generator) {
    const std::int64_t count = std::min(probe_batch, pictures_.labels.size(0) - first);
    const torch::Tensor outputs = network_.forward(pictures_.values.narrow(0, first, count));
    const torch::Tensor loss =
        torch::nn::functional::cross_entropy(outputs, pictures_.labels.narrow(0, first, count));
    std::vector<torch::Tensor> weights;
    std::vector<torch::Tensor> signs;
    for (const NodeId layer : rounded_.layers()) {
      weights.push_back(network_.weight(layer));
      torch::Tensor sign = torch::empty(weights.back().sizes());
      for (std::int64_t i = 0; i < sign.numel(); ++i)
        sign.data_ptr<float>()[i] = (generator() & 1) == 0 ? -1.0F : 1.0F;
      signs.push_back(sign);
    }
    const auto gradients = torch::autograd::grad({loss}, weights, {}, true, true);
    torch::Tensor product = torch::zeros({});
    for (std::size_t i = 0; i < weights.size(); ++i) product = product + (gradients[i] * signs[i]).sum();
    const auto curvatures = torch::autograd::grad({product}, weights);
    const torch::NoGradGuard no_gradient;
    for (std::size_t layer = 0; layer < weights.size(); ++layer) {
      // vᵀHv may come out negative; the mean over directions and weights is what counts.
      const double trace = (curvatures[layer] * signs[layer]).sum().item<double>();
      add_weights(layer, torch::full({1}, trace / static_cast<double>(weights[layer].numel())));
    }
  }

  Sensitivity take(double weight_samples, double input_samples) {
    const WidthLimits& limits = rounded_.limits();
    for (std::size_t layer = 0; layer < weights_.size(); ++layer) {
      result_.curvature[layer] /= weight_samples;
      for (int bits = limits.least_weight_bits; bits <= limits.most_weight_bits; ++bits) {
        const TensorType type{bits, true, rounded_.weight_exponent(layer, bits)};
        result_.weights[layer][static_cast<std::size_t>(bits)] =
            rise_of(result_.curvature[layer], weights_[layer], fake_quantise_weights(weights_[layer], type));
      }
    }
    for (auto& of_layer : result_.inputs) {
      for (double& rise : of_layer) rise /= 2 * input_samples;
    }
    return std::move(result_);
  }

 private:
  static std::int64_t draw_class(const torch::Tensor& outputs, std::uint64_t random) {
    const torch::Tensor sums = torch::softmax(outputs.detach(), 1).flatten().to(torch::kFloat64).cumsum(0);
    const double wanted = std::ldexp(static_cast<double>(random >> 11), -53) * sums[-1].item<double>();
    return std::min(torch::searchsorted(sums, wanted).item<std::int64_t>(), sums.size(0) - 1);
  }

  void add_input(std::size_t layer, const std::vector<torch::Tensor>& values) {
    const NodeId source = rounded_.model().graph.nodes[rounded_.layers()[layer]].inputs[0];
    const torch::Tensor& value = values[source];
    if (!value.grad().defined()) return;  // the picture itself
    const WidthLimits& limits = rounded_.limits();
    const bool is_signed = value.min().item<float>() < 0;
    for (int bits = limits.least_input_bits; bits <= limits.most_input_bits; ++bits) {
      const TensorType type{bits, is_signed, rounded_.activation_exponent(source, bits, is_signed)};
      const torch::Tensor error = fake_quantise(value.detach(), type) - value;
      result_.inputs[layer][static_cast<std::size_t>(bits)] +=
          (value.grad() * error).square().sum().item<double>();
    }
  }

  /// `curvature` of each weight, or one for all.
  void add_weights(std::size_t layer, const torch::Tensor& curvature) {
    const torch::Tensor flat = curvature.contiguous().flatten();
    torch::Tensor& sum = result_.curvature[layer];
    sum = sum.defined() ? sum + flat : flat;
  }

  const PostTraining& rounded_;
  const TrainingSet& pictures_;
  TrainableNetwork network_;
  std::vector<torch::Tensor> weights_;  ///< by layer, flat
  Sensitivity result_;
};

}  // namespace

double rise_of(const torch::Tensor& curvature, const torch::Tensor& weights, const torch::Tensor& changed) {
  const torch::NoGradGuard no_gradient;
  return std::max(0.0, 0.5 * (curvature * (changed - weights).square()).sum().item<double>());
}

Sensitivity measure_sensitivity(const PostTraining& rounded, const TrainingSet& pictures, Curvature curvature,
                                std::uint64_t seed, const std::function<void(double)>& progress) {
  const std::int64_t count = pictures.labels.size(0);
  PQ_CHECK(count > 0);
  Estimator estimator(rounded, pictures);
  std::mt19937_64 generator(seed);
  const bool fisher = curvature == Curvature::fisher;
  for (std::int64_t picture = 0; picture < count; ++picture) {
    estimator.add_fisher(picture, generator(), fisher);
    if (progress) progress(static_cast<double>(picture + 1) / static_cast<double>(count));
  }
  if (fisher) return estimator.take(static_cast<double>(count), static_cast<double>(count));
  for (int probe = 0; probe < probes; ++probe)
    estimator.add_hutchinson((probe * probe_batch) % std::max<std::int64_t>(1, count - probe_batch + 1),
                             generator);
  return estimator.take(probes, static_cast<double>(count));
}

}  // namespace privquant
