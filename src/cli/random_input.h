// An input for networks whose cost, not whose answer, is asked for.
#pragma once

#include <cstdint>

#include "nn/executor.h"

namespace privquant {

/// All values of the input's type, equally often.
IntegerTensor random_input(const Graph& graph, std::uint64_t seed);

}  // namespace privquant
