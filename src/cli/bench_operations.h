// The functionalities that `privquant bench` measures.
#pragma once

#include <vector>

#include "cli/bench_measure.h"

namespace privquant {

/// Those that work by element run on `elements` of them; pools and products have sizes of their own.
std::vector<BenchOperation> bench_operations(std::size_t elements);

}  // namespace privquant
