// Known architectures at given widths with random weights, for cost and speed work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/graph.h"

namespace privquant {

struct ZooWidths {
  int weight_bits = 8;
  int activation_bits = 8;
  int residual_bits = 8;
  int edge_bits = 8;  ///< weights and input activations of the first convolution and the last linear layer
};

/// "minionn", "resnet20", "resnet32" (CIFAR-10, 32×32), "resnet18-tiny" (64×64, 200 classes), "resnet18",
/// "resnet50", "mobilenetv2", "squeezenet" (224×224, 1000 classes), and "tiny" for tests.
std::vector<std::string> zoo_names();

/// A valid model; weights are drawn so that accumulators resemble trained networks'
/// (docs/quantization.md). Deterministic by seed. @throws Error(usage) for an unknown name.
Model make_zoo_model(const std::string& name, const ZooWidths& widths, std::uint64_t seed);

}  // namespace privquant
