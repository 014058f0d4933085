// The architecture families of the zoo, one file each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nn/zoo.h"

namespace privquant {

/// Where a network is built for.
struct ZooTask {
  std::string name;
  ZooWidths widths;
  std::uint64_t seed = 0;
};

/// The weight widths of the inner convolutions, one after the other.
class InnerWidths {
 public:
  explicit InnerWidths(ZooWidths widths) : widths_(std::move(widths)) {}

  int next() {
    return widths_.inner_weight_bits.empty() ? widths_.weight_bits
                                             : widths_.inner_weight_bits.at(position_++);
  }

 private:
  ZooWidths widths_;
  std::size_t position_ = 0;
};

Model make_minionn(const ZooTask& task);
/// 32×32: three stages of `blocks_per_stage` blocks of two 3×3 convolutions.
Model make_cifar_resnet(const ZooTask& task, int blocks_per_stage, int classes);
/// 64×64, 200 classes; the stem is CIFAR's (3×3, no pooling), as the literature on private inference has it.
Model make_tiny_imagenet_resnet18(const ZooTask& task);
Model make_resnet18(const ZooTask& task);
Model make_resnet50(const ZooTask& task);
Model make_mobilenetv2(const ZooTask& task);
/// 64×64, 200 classes; the stem has stride 1, so that the last plane is 4×4, and all else is as published.
Model make_tiny_imagenet_mobilenetv2(const ZooTask& task);
Model make_squeezenet(const ZooTask& task);
/// 8×8, 4 classes: a little of everything, in milliseconds.
Model make_tiny(const ZooTask& task);

/// A square kernel with the padding that keeps a stride-1 output's size.
inline Window same_window(int kernel, int stride = 1) {
  const int pad = kernel / 2;
  return {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
}

}  // namespace privquant
