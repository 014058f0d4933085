// A network in real numbers from nothing: an architecture and labelled pictures become a .pqg, which quantize() takes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nn/graph.h"
#include "quant/stage_progress.h"

namespace privquant {

struct TrainNetworkOptions {
  std::filesystem::path training_pictures;
  std::filesystem::path test_pictures;  ///< may be empty: nothing is reported of accuracy then
  /// How pictures become the input; one mean and deviation for all channels or for each; none: those
  /// of the training pictures, 10,000 of them if there are more.
  Preprocessing preprocessing;
  std::vector<std::string> labels;  ///< class names; none: the architecture's own
  int epochs = 30;
  double learning_rate = 0.1;  ///< of stochastic gradient descent, the peak
  double weight_decay = 5e-4;
  double label_smoothing = 0;
  int largest_shift = 4;  ///< pixels
  bool mirrors = true;
  std::uint64_t seed = 1;
  unsigned threads = 2;
  std::filesystem::path output;  ///< the checkpoint stands beside it
  bool resume = false;
};

struct TrainNetworkResult {
  std::optional<double> accuracy;  ///< on the test pictures, 0..1; none without them
  std::size_t test_pictures = 0;
  int epochs_done = 0;
  bool interrupted = false;
  bool resumable = false;  ///< if interrupted: the checkpoint holds what was done
};

/// Every convolution is followed by batch normalisation, which is folded at the end. The same options on the same machine
/// give the same bytes, resumed or not. The test pictures choose nothing.
/// `progress` returns false to end the work after what is at hand; the checkpoint stays.
/// @throws Error(usage) if pictures, those of the test included, do not fit the architecture, or for a checkpoint
/// of other options; Error(file). All of that before the training, but for a full disk.
TrainNetworkResult train_network(Graph architecture, const TrainNetworkOptions& options,
                                 const std::function<bool(const StageProgress&)>& progress = {});

}  // namespace privquant
