// The architecture families of the zoo, one file each.
#pragma once

#include <cstdint>

#include "nn/zoo.h"

namespace privquant {

/// Where a network is built for.
struct ZooTask {
  std::string name;
  ZooWidths widths;
  std::uint64_t seed = 0;
};

Model make_minionn(const ZooTask& task);
/// CIFAR-10: three stages of `blocks_per_stage` blocks of two 3×3 convolutions.
Model make_cifar_resnet(const ZooTask& task, int blocks_per_stage);
/// 64×64, 200 classes; the stem is CIFAR's (3×3, no pooling), as the literature on private inference has it.
Model make_tiny_imagenet_resnet18(const ZooTask& task);
Model make_resnet18(const ZooTask& task);
Model make_resnet50(const ZooTask& task);
Model make_mobilenetv2(const ZooTask& task);
Model make_squeezenet(const ZooTask& task);
/// 8×8, 4 classes: a little of everything, in milliseconds.
Model make_tiny(const ZooTask& task);

/// A square kernel with the padding that keeps a stride-1 output's size.
inline Window same_window(int kernel, int stride = 1) {
  const int pad = kernel / 2;
  return {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
}

}  // namespace privquant
