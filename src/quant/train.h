// Training by stochastic gradient descent, for real-valued and fake-quantised networks alike.
#pragma once

#include <torch/optim/optimizer.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "quant/trainable_network.h"
#include "quant/training_set.h"

namespace privquant {

enum class Optimiser {
  adamw,
  sgd  ///< momentum 0.9 (Nesterov), as residual networks are usually trained
};

struct TrainingPlan {
  int epochs = 1;
  double learning_rate = 1e-3;  ///< the peak; it rises for a tenth of the steps, then falls as a cosine
  double weight_decay = 1e-4;
  double label_smoothing = 0.0;
  std::uint64_t seed = 0;  ///< of the order of pictures, of shifts and mirrors
  int largest_shift = 1;   ///< pixels that a picture is moved by at most
  bool mirrors = true;     ///< half of the pictures
  double warm_up = 0.1;    ///< share of the steps in which the rate rises
  /// Of exponents, which then are learned for the first half of the steps; 0: they stay as they are.
  double exponent_rate = 0;
  Optimiser optimiser = Optimiser::adamw;
  /// By what the rate of each Conv2d's and Linear's weights and bias is multiplied, in the graph's order.
  /// Empty: by 1.
  std::vector<double> layer_rates = {};
};

struct EpochReport {
  int epoch = 0;  ///< counts from 1
  int epochs = 0;
  double loss = 0;      ///< mean over the epoch
  double accuracy = 0;  ///< on the training pictures as they were seen, 0..1
};

/// Where a training stands, asked for after each batch.
struct BatchReport {
  std::int64_t step = 0;  ///< done, of `steps`
  std::int64_t steps = 0;
  double loss = 0;      ///< mean over the epoch so far
  double accuracy = 0;  ///< likewise
};

struct TrainingHooks {
  std::function<void(const EpochReport&)> epoch;
  /// False ends the training after this batch.
  std::function<bool(const BatchReport&)> batch;
  /// Hears state() after each epoch.
  std::function<void(const std::string&)> state;
};

/// One training from its first to its last epoch, which can be put aside after any epoch. Shifts pictures and mirrors
/// half of them. The same seed, number of threads and machine give the same weights, put aside or not.
class Trainer {
 public:
  /// All must outlive the trainer. A `teacher` (of the same outputs, in real numbers) adds the divergence from its
  /// softened outputs to the loss (Hinton, Vinyals, Dean, arXiv 1503.02531).
  Trainer(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
          TrainableNetwork* teacher = nullptr);
  ~Trainer();

  /// Trains until the plan's last epoch; false if a hook ended it before.
  bool run(const TrainingHooks& hooks);

  int epochs_done() const { return epochs_done_; }
  /// As of the last whole epoch.
  std::string state() const { return state_; }
  /// @throws Error(file) if that is no state of such a training.
  void restore(const std::string& state);

 private:
  bool run_epoch(const TrainingHooks& hooks);
  std::string serialise();

  TrainableNetwork& network_;
  const TrainingSet& set_;
  TrainingPlan plan_;
  TrainableNetwork* teacher_;
  std::unique_ptr<torch::optim::Optimizer> optimiser_;
  std::vector<double> rates_;  // the peaks, by group of parameters; then come exponents
  int epochs_done_ = 0;
  std::string state_;
};

/// A whole training.
void train(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
           const std::function<void(const EpochReport&)>& report = {});

}  // namespace privquant
