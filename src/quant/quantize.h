// A trained network becomes a private one: measured, searched, trained in quantised values, exported, checked.
//
//   1  exponents of least squared error at every width (post_training.h)
//   2  sensitivity of every layer at every width (sensitivity.h)
//   3  for each bound on the price, the widths of least predicted loss (search/bit_search.h)
//   4  training at these widths, the real network as teacher; narrow activations first, then narrow weights, too
//   5  integers, checked against the training graph bit for bit (check_export.h)
// Without epochs, steps 4 and 5 are left out: the integers are those of step 1, and few pictures are read.
// A looser bound's weights are where the next, tighter one begins.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nn/real_model.h"
#include "quant/bound.h"
#include "quant/post_training.h"
#include "quant/sensitivity.h"
#include "search/layer_table.h"

namespace privquant {

struct QuantizeOptions {
  std::filesystem::path training_pictures;
  std::filesystem::path test_pictures;  ///< may be empty: nothing is reported of accuracy then
  std::vector<Bound> bounds;            ///< the loosest first
  std::optional<LinkShape> link;        ///< of bounds in seconds
  Calibration calibration = default_calibration();
  WidthLimits limits;
  Curvature curvature = Curvature::fisher;
  int epochs = 4;  ///< for each bound; 0: post-training quantisation
  double learning_rate = 1e-3;
  double exponent_rate = 0;  ///< 0: exponents of least squared error stay
  int largest_shift = 4;     ///< pixels
  bool mirrors = true;
  std::uint64_t seed = 1;
  unsigned threads = 2;
  std::optional<RealModel> teacher;  ///< none: the network itself
  double least_accuracy = 0;         ///< 0..1; a model below it is not written
  /// For several bounds, "-NAME" is put before its extension. The checkpoint stands beside it.
  std::filesystem::path output;
  bool resume = false;
};

struct QuantizeProgress {
  std::string stage;    ///< "sensitivity", "0.37: training", …
  double fraction = 0;  ///< of the stage, 0..1
  double loss = 0;      ///< 0 where nothing is trained
  double accuracy = 0;  ///< on training pictures as they were seen
};

struct QuantizedNetwork {
  Bound bound;
  NetworkWidths widths;
  std::vector<LayerRow> layers;
  double gap = 0;                           ///< of the search
  double post_training_accuracy = 0;        ///< rounded without training, 0..1
  double accuracy = 0;                      ///< of the integer executor on the test pictures, 0..1
  std::uint64_t bytes = 0;                  ///< both ways, preparation and online
  double lan_seconds = 0, wan_seconds = 0;  ///< predicted
  std::filesystem::path path;
};

struct QuantizeResult {
  double real_accuracy = 0;  ///< 0..1
  std::size_t test_pictures = 0;
  std::vector<QuantizedNetwork> networks;
  bool interrupted = false;  ///< the checkpoint holds what was done
};

struct QuantizeHooks {
  /// False ends the work after what is at hand; the checkpoint stays.
  std::function<bool(const QuantizeProgress&)> progress;
  std::function<void(const QuantizedNetwork&)> finished;
};

/// The same options on the same machine give the same bytes, resumed or not. The test pictures choose nothing.
/// @throws Error(usage) for a bound that no widths keep (it names the smallest), or an accuracy below the least;
/// Error(file) for pictures, output and checkpoint; Error(model) if the network has no quantised form.
QuantizeResult quantize(const RealModel& model, const QuantizeOptions& options,
                        const QuantizeHooks& hooks = {});

}  // namespace privquant
