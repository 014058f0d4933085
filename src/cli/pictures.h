// Pictures as inputs of a network, and what comes out as classes.
#pragma once

#include <string>
#include <vector>

#include "data/picture.h"
#include "engine/engine.h"
#include "nn/graph.h"

namespace privquant {

/// 1 or 3, as the network takes it. @throws Error(model) if it takes no pictures.
int picture_channels(const Graph& graph);

/// `picture` in the network's size: what fits of it (data/picture.h) or, if asked for, all of it, stretched.
/// @throws Error(usage) if it does not fit.
Picture fit(const Graph& graph, const LabelledPicture& picture, bool resize_it);

/// The input tensor of a picture that fits.
IntegerTensor to_input(const Graph& graph, const Picture& picture);

/// "Sandal", or "class 5" where the network has no labels.
std::string class_name(const Graph& graph, std::size_t index);

/// Softmax of the logits; empty if they were not revealed.
std::vector<double> probabilities(const Prediction& prediction);

}  // namespace privquant
