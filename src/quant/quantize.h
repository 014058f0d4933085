// A trained network becomes a private one: measured, searched, trained in quantised values, exported, checked.
//
//   1  channels of like sizes (equalise.h), exponents of least squared error at every width (post_training.h)
//   2  sensitivity of every layer at every width (sensitivity.h)
//   3  for each bound on the price, the widths of least predicted loss (search/bit_search.h)
//   4  training at these widths, the real network as teacher; narrow activations first, then narrow weights, too
//   5  integers, checked against the training graph bit for bit (check_export.h)
// Without epochs, steps 4 and 5 are left out: the integers are those of step 1 (moved where an accumulator is
// cut), and few pictures are read.
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
#include "quant/histograms.h"
#include "quant/quantize_options.h"
#include "quant/stage_progress.h"
#include "search/layer_table.h"

namespace privquant {

struct QuantizedNetwork {
  Bound bound;
  NetworkWidths widths;
  std::vector<LayerRow> layers;
  std::vector<LayerHistograms> histograms;  ///< of the integers; activations on a few training pictures
  std::optional<double> gap;                ///< of the search; none without one
  /// Of the integer executor on the test pictures, 0..1; none without them. The first: rounded without training.
  std::optional<double> post_training_accuracy, accuracy;
  std::uint64_t bytes = 0;  ///< both ways, preparation and online
  /// By cut accumulators: what rounded weights of these widths would send beyond what those send that the search paid for.
  std::int64_t bytes_saved = 0;
  double lan_seconds = 0, wan_seconds = 0;  ///< predicted
  std::filesystem::path path;
};

struct QuantizeResult {
  std::optional<double> real_accuracy;  ///< 0..1; none without test pictures
  std::size_t test_pictures = 0;
  std::vector<QuantizedNetwork> networks;
  bool interrupted = false;
  bool resumable = false;  ///< if interrupted: the checkpoint holds what was done
};

struct QuantizeHooks {
  /// False ends the work after what is at hand; the checkpoint stays.
  std::function<bool(const StageProgress&)> progress;
  /// Hears the result, or what there is of it: after an interrupt, or before the error that a later bound ends in.
  /// The checkpoint goes afterwards, if all is done: what this throws leaves it for another attempt.
  std::function<void(const QuantizeResult&)> finished;
};

/// The same options on the same machine give the same bytes, resumed or not. The test pictures choose nothing.
/// The widths of all bounds are found before anything is trained.
/// @throws Error(usage) for a bound that no widths keep (it names the smallest), for bounds of one name, or an
/// accuracy below the least; Error(file) for pictures, output and checkpoint; Error(model) if the network has no
/// quantised form.
QuantizeResult quantize(const RealModel& model, const QuantizeOptions& options,
                        const QuantizeHooks& hooks = {});

}  // namespace privquant
