// The demo's network for Fashion-MNIST: 28×28 grey pixels in, ten kinds of clothing out.
#pragma once

#include "nn/graph.h"

namespace privquant {

/// Operators, shapes and widths; the exponents are placeholders until calibration sets them.
Graph fashion_graph();

}  // namespace privquant
