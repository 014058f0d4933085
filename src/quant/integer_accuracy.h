// How often the network that will be served is right.
#pragma once

#include "data/picture.h"
#include "nn/graph.h"

namespace privquant {

/// The share of pictures whose greatest output of the integer executor is the label's, 0..1.
double integer_accuracy(const Model& model, const Dataset& pictures, unsigned threads);

}  // namespace privquant
