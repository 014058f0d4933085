// How much the loss would rise if one tensor had fewer bits: a second-order estimate.
//
// The network stands at a minimum, so the loss rises by ½ Σ h_j·Δ_j² for rounding errors Δ and the diagonal h of the
// Hessian.
//   fisher      h_j = E[g_j²], g the gradient of −log p(y), y drawn from the network's own prediction: the Fisher
//               information, weight by weight.
//   hutchinson  h_j = Tr(H) / n of the layer, Tr(H) = E[vᵀHv] over random signs v, of the loss on the labels
//               (HAWQ-V2, arXiv 1911.03852).
// For activations both take the Fisher information: E[Σ g_j²·Δ_j²] over pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "quant/curvature.h"
#include "quant/post_training.h"
#include "quant/train.h"

namespace privquant {

/// From so many pictures, a few hundred being enough.
inline constexpr std::int64_t sensitivity_pictures = 256;

struct Sensitivity {
  /// [layer][bits]: the rise of the loss if that layer's weights, or what it reads, had these bits.
  std::vector<std::vector<double>> weights;
  std::vector<std::vector<double>> inputs;
  /// By layer, h of each weight, in their order, or one for all.
  std::vector<torch::Tensor> curvature;
};

/// ½ Σ h·Δ², never negative, for a layer's weights and what they become.
double rise_of(const torch::Tensor& curvature, const torch::Tensor& weights, const torch::Tensor& changed);

/// On these pictures, one at a time; a few hundred are enough. `progress` hears 0..1. The first layer's input counts
/// as exact.
Sensitivity measure_sensitivity(const PostTraining& rounded, const TrainingSet& pictures, Curvature curvature,
                                std::uint64_t seed, const std::function<void(double)>& progress = {});

}  // namespace privquant
