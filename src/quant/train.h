// Training by stochastic gradient descent, for real-valued and fake-quantised networks alike.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "data/picture.h"
#include "quant/trainable_network.h"

namespace privquant {

/// A labelled set as a network's input sees it.
struct TrainingSet {
  torch::Tensor values;  ///< N × channels × height × width, real values of the input's type
  torch::Tensor labels;  ///< N
};

/// The first `limit` pictures (all if 0), quantised as the graph's input.
/// @throws Error(file) if one has no label or a class that the network does not know; Error(usage) if one
/// has another size.
TrainingSet load_training_set(const Dataset& dataset, const Graph& graph, std::size_t limit = 0);

struct TrainingPlan {
  int epochs = 1;
  double learning_rate = 1e-3;  ///< the peak; it rises for a tenth of the steps, then falls as a cosine
  double weight_decay = 1e-4;
  double label_smoothing = 0.0;
  std::uint64_t seed = 0;  ///< of the order of pictures, of shifts and mirrors
};

struct EpochReport {
  int epoch = 0;  ///< counts from 1
  int epochs = 0;
  double loss = 0;      ///< mean over the epoch
  double accuracy = 0;  ///< on the training pictures as they were seen, 0..1
};

/// Shifts pictures by up to a pixel and mirrors half of them. The same seed, number of threads and machine
/// give the same weights.
void train(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
           const std::function<void(const EpochReport&)>& report = {});

/// The share of pictures whose greatest output is the label's, 0..1.
double accuracy(TrainableNetwork& network, const TrainingSet& set);

}  // namespace privquant
