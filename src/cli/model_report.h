// What `inspect` and `import --quantized` print of a quantised network: layers, shapes, widths, scales, sizes.
#pragma once

#include <string>

#include "nn/graph.h"

namespace privquant {

/// To stdout; `kind` is "model" or "contract".
void print_model(const Graph& graph, const std::string& kind, bool json);

}  // namespace privquant
