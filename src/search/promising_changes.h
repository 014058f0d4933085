// Steps of the search's improvement: one or two layers get other widths.
#pragma once

#include <cstddef>
#include <tuple>
#include <vector>

#include "search/price_model.h"

namespace privquant {

struct Change {
  double rise = 0;  ///< of the sensitivity
  std::size_t layer = 0, candidate = 0;
  std::size_t other_layer = 0, other_candidate = 0;  ///< the same again if only one layer changes

  auto key() const { return std::tuple(rise, layer, candidate, other_layer, other_candidate); }
};

Selection changed(Selection choice, const Change& change);

/// The `most` changes of `now` that lower the sensitivity most, the best first, among those that add at most `room` to
/// the price as the model has it. Looks at all pairs of changes, a few additions each.
std::vector<Change> promising_changes(const SearchProblem& problem, const PriceModel& model,
                                      const Selection& now, double room, std::size_t most);

}  // namespace privquant
