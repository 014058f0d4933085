// A bounded part of the values of a tensor that is too large to be held at once.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace privquant {

/// Evenly spaced values, in order: the same whatever parts the tensor comes in.
class ValueSample {
 public:
  /// Of a tensor of `total` values, at most `most`.
  ValueSample(std::int64_t total, std::int64_t most);

  /// The next values, in the order of their indices.
  void add(const torch::Tensor& part);

  /// What was kept; complete when all parts were added.
  const torch::Tensor& values() const { return kept_; }

 private:
  std::int64_t step_;
  torch::Tensor kept_;
  std::int64_t seen_ = 0;
  std::int64_t next_ = 0;  ///< the index of the next value to keep
};

}  // namespace privquant
