// Known architectures at given widths with random weights, for cost and speed work.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nn/graph.h"

namespace privquant {

struct ZooWidths {
  int weight_bits = 8;
  int activation_bits = 8;
  int residual_bits = 8;
  /// Weights and input activations of the first convolution and the last linear layer; depthwise weights.
  int edge_bits = 8;
  /// Weights of each inner convolution, in order; empty: weight_bits for all. Inner are all but the first
  /// convolution, the last layer if that is a convolution, depthwise ones, and 1×1 convolutions on shortcuts:
  /// these have the width of their block's first convolution.
  std::vector<int> inner_weight_bits = {};
};

/// "minionn", "resnet20" (CIFAR-10), "resnet32" (CIFAR-100; 32×32), "resnet18-tiny", "mobilenetv2-tiny"
/// (Tiny-ImageNet: 64×64, 200 classes), "resnet18", "resnet50", "mobilenetv2", "squeezenet" (224×224, 1000
/// classes), and "tiny" for tests.
std::vector<std::string> zoo_names();

/// The widths that a bit search found for "minionn" or "resnet32", at a fraction ("0.37") of the
/// communication of 8-bit weights. @throws Error(usage) where there are none.
ZooWidths zoo_budget(std::string_view network, std::string_view fraction);

/// A valid model; weights are drawn so that accumulators resemble trained networks'
/// (docs/quantization.md). Deterministic by seed.
/// @throws Error(usage) for an unknown name, a width beyond 2 to 16, or as many inner widths as do not fit.
Model make_zoo_model(const std::string& name, const ZooWidths& widths, std::uint64_t seed);

}  // namespace privquant
