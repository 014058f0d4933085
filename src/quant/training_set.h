// Labelled pictures as a network's input sees them, all at once or a few at a time.
#pragma once

#include <torch/types.h>

#include <vector>

#include "data/picture.h"
#include "nn/graph.h"

namespace privquant {

class TrainableNetwork;

struct TrainingSet {
  torch::Tensor values;  ///< N × channels × height × width, real values of the input's type
  torch::Tensor labels;  ///< N
};

/// The picture as the network's input. @throws Error(usage) if it does not fit (data/picture.h).
IntegerTensor input_of(const Graph& graph, const LabelledPicture& picture);

/// All pictures, or `limit` of them (if not 0) spread evenly over the set, quantised as the graph's input.
/// @throws Error(file) if the set is empty or a picture has no label or a class that the network does not know;
/// Error(usage) if one does not fit.
TrainingSet load_training_set(const Dataset& dataset, const Graph& graph, std::size_t limit = 0);

/// Reads each picture once and keeps none, so that errors come before long work. @throws as load_training_set().
void check_pictures(const Dataset& dataset, const Graph& graph);

/// At most `count` pictures, spread evenly: neighbours are often alike, or of one class.
TrainingSet spread_pictures(const TrainingSet& set, std::int64_t count);

/// How many pictures go through a network of this graph at once, so that all its results together stay below half a
/// gigabyte; 1 at least.
std::int64_t pictures_at_once(const Graph& graph);

/// The share of pictures whose greatest output is the label's, 0..1.
double accuracy(TrainableNetwork& network, const TrainingSet& set);

/// Likewise, holding a few pictures at a time, each quantised as the input of `graph`. @throws as load_training_set.
double accuracy(TrainableNetwork& network, const Dataset& dataset, const Graph& graph);

}  // namespace privquant
