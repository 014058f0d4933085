// What an imported network consists of, as `import` and `inspect` show it.
#pragma once

#include "nn/graph.h"

namespace privquant {

/// Every operator, its shape and parameters; types mean nothing here and are not shown.
void print_real_graph(const Graph& graph, bool json);

}  // namespace privquant
