// The network in real numbers that a quantised graph rounds: how an architecture of the zoo is trained from nothing.
#pragma once

#include "nn/graph.h"

namespace privquant {

/// A Requantise to an unsigned type is a ReLU where values may be negative; any other Requantise is left out, since it
/// only rounds. All else stays, its types `unquantised` but for a Clip's.
/// @throws Error(model) if the graph decides on a class itself (ArgMax), which has no gradient.
Graph real_form(const Graph& quantised);

}  // namespace privquant
