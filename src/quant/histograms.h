// How often each integer occurs, layer by layer: among weights, and among the activations that layers read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/picture.h"
#include "nn/graph.h"

namespace privquant {

/// Counts of the integers of a type. Memory is bounded whatever the type: wide types share bins.
class Histogram {
 public:
  static constexpr int most_bins_log2 = 8;

  explicit Histogram(const TensorType& type);

  /// `value` lies in the type.
  void add(std::int64_t value);

  const TensorType& type() const { return type_; }
  /// From the least integer on; a power of two of them, at most 2^most_bins_log2.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  std::uint64_t total() const { return total_; }
  /// Shares of all values, 0..1; 0 of none.
  double zeros() const { return share(zeros_); }
  /// At the type's greatest integer or, if it has a sign, at its least: what was clipped lies there.
  double at_limits() const { return share(at_limits_); }

 private:
  double share(std::uint64_t count) const;

  TensorType type_;
  int shift_;  ///< a bin holds 2^shift_ integers
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0, zeros_ = 0, at_limits_ = 0;
};

/// Of one Conv2d or Linear.
struct LayerHistograms {
  std::string name;
  Histogram weights;
  Histogram inputs;
};

/// In the order of the layers; the activations are those of the integer executor on `pictures`. Secret, as the
/// weights are. @throws Error(usage) if a picture does not fit (data/picture.h).
std::vector<LayerHistograms> measure_histograms(const Model& model,
                                                std::span<const LabelledPicture> pictures);

/// At most `count` pictures, evenly spread over the set, so that one sorted by class shows many. @throws Error(file).
std::vector<LabelledPicture> spread_pictures(const Dataset& set, std::size_t count);

}  // namespace privquant
