// Narrowing in the order of sensitivity: the simple search that others use, and the program's first solution.
#pragma once

#include <functional>
#include <optional>

#include "search/exact_price.h"

namespace privquant {

/// From each layer's widest candidate, always the step to a narrower one that costs the least sensitivity, until
/// price(choice) ≤ most. None if that never comes.
std::optional<Selection> choose_by_order(const SearchProblem& problem,
                                         const std::function<double(const Selection&)>& price);

}  // namespace privquant
