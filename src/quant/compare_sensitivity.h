// What the estimates of sensitivity.h predict beside what really happens: for every layer and width, the rise of the
// loss when that one tensor is narrowed and all else has 8 bits.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/real_model.h"
#include "quant/training_set.h"

namespace privquant {

struct ComparedSensitivity {
  std::string layer;
  bool of_weights = true;  ///< otherwise of what the layer reads
  int bits = 0;
  double fisher = 0, hutchinson = 0;  ///< predicted
  double measured = 0;                ///< may be negative
};

struct SensitivityComparison {
  double loss = 0;  ///< at 8 bits everywhere
  std::vector<ComparedSensitivity> rows;
  /// Spearman's rank correlation of predicted with measured rises, −1..1: over weights, since both estimates take the
  /// same for activations, and of the Fisher information over activations.
  double fisher_of_weights = 0, hutchinson_of_weights = 0, fisher_of_inputs = 0;
};

/// Widths from `least_bits` to 7, layers but the first and the last. Exponents and estimates come from `training`, as
/// quantize() takes them; the measured loss from `measured`. `progress` hears 0..1. @throws Error(model) if there are no
/// such layers.
SensitivityComparison compare_sensitivity(const RealModel& given, const TrainingSet& training,
                                          const TrainingSet& measured, int least_bits, std::uint64_t seed,
                                          unsigned threads, const std::function<void(double)>& progress = {});

/// Spearman's coefficient; equal values share their mean rank. At least two pairs.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace privquant
