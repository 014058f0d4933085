// Pictures for networks in real numbers.
#pragma once

#include "nn/graph.h"

namespace privquant {

/// The graph with an input type that holds every value its preprocessing makes of a picture to 24 bits.
Graph with_fine_input(Graph graph);

}  // namespace privquant
