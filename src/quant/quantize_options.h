// What the quantiser is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "nn/real_model.h"
#include "quant/bound.h"
#include "quant/curvature.h"
#include "quant/width_limits.h"
#include "search/network_price.h"

namespace privquant {

/// The integer program; or narrowing in the order of sensitivity, to compare with.
enum class SearchMethod { program, order };

struct QuantizeOptions {
  std::filesystem::path training_pictures;
  std::filesystem::path test_pictures;  ///< may be empty: nothing is reported of accuracy then
  std::vector<Bound> bounds;            ///< the loosest first
  std::optional<LinkShape> link;        ///< of bounds in seconds
  Calibration calibration = default_calibration();
  OtExtension extension = OtExtension::iknp;  ///< whose prices bounds and reports are in
  WidthLimits limits;
  Curvature curvature = Curvature::fisher;
  SearchMethod search = SearchMethod::program;
  /// The part of what narrow weights would cost that training takes back, 0..1, so that the search leaves it out.
  /// What narrow activations cost stays. Without training nothing is taken back.
  double recovery = 0;
  int epochs = 4;                ///< for each bound; 0: post-training quantisation
  double learning_rate = 0.015;  ///< the peak, in steps of each layer's weights
  double exponent_rate = 0;      ///< 0: exponents of least squared error stay
  int largest_shift = 4;         ///< pixels
  bool mirrors = true;
  std::uint64_t seed = 1;
  unsigned threads = 2;
  std::optional<RealModel> teacher;  ///< none: the network itself
  double least_accuracy = 0;         ///< 0..1; a model below it is not written
  /// For several bounds, "-NAME" is put before its extension. The checkpoint stands beside it.
  std::filesystem::path output;
  bool resume = false;
};

}  // namespace privquant
