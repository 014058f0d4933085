// What prepares a network best on a link: the meaning of `--ot auto` and `--linear auto`.
//
// Rule  the plan is made for each OT extension, and where the profile has lattices with and without them; the
//       one whose session takes the least predicted time wins: set-up, preparation and one inference; of equal
//       times the fewest bytes. Small networks do not pay for what Ferret or lattices' keys take to start, and
//       slow links pay for much more computing. With lattices, layers stay with OTs where that takes less time
//       (choose_linear.h).
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "plan/time_model.h"

namespace privquant {

/// What was asked for; none is the planner's to choose.
struct PreparationRequest {
  std::optional<OtExtension> extension;
  std::optional<LinearPreparation> linear;
};

/// A session of one inference.
struct PreparationEstimate {
  OtExtension extension;
  LinearPreparation linear;
  std::set<NodeId> ot_layers{};  ///< PlanOptions::ot_layers
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< both ways, set-up included
};

/// The options with what an estimate stands for.
PlanOptions as_estimated(PlanOptions options, const PreparationEstimate& estimate);

/// All that the profile and the request allow, the best first. `link` and `memory_budget` as in time_of().
/// @throws Error(model | usage) as make_plan() does.
std::vector<PreparationEstimate> rank_preparations(const Graph& graph, const PlanOptions& options,
                                                   const PreparationRequest& request,
                                                   const Calibration& calibration,
                                                   const std::optional<LinkShape>& link,
                                                   std::size_t memory_budget = 0);

}  // namespace privquant
