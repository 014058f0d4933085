// Which OT extension serves a network best on a link: what `--ot auto` means.
//
// Rule  the plan is made for each extension, and the one whose session takes the least predicted time wins:
//       set-up, preparation and one inference; of equal times the fewest bytes. Small networks do not pay for
//       what Ferret takes to start, and slow links pay for much more computing.
#pragma once

#include <optional>
#include <vector>

#include "plan/time_model.h"

namespace privquant {

/// A session of one inference.
struct ExtensionEstimate {
  OtExtension extension;
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< both ways, set-up included
};

/// All that the profile allows, the best first. `link` and `memory_budget` as in time_of().
/// @throws Error(model | usage) as make_plan() does.
std::vector<ExtensionEstimate> rank_extensions(const Graph& graph, const PlanOptions& options,
                                               const Calibration& calibration,
                                               const std::optional<LinkShape>& link,
                                               std::size_t memory_budget = 0);

}  // namespace privquant
