#include "plan/choose_extension.h"

#include <algorithm>
#include <tuple>

namespace privquant {
namespace {

ExtensionEstimate estimate(const Plan& plan, const Calibration& calibration,
                           const std::optional<LinkShape>& link, std::size_t memory_budget) {
  const PlanCost cost = cost_of(plan, memory_budget);
  const PlanTime time = time_of(plan, cost, calibration, link, memory_budget);
  return {plan.protocol_choices.extension, time.setup + time.seconds(),
          cost.setup.bytes() + cost.preparation.bytes() + cost.online.bytes()};
}

}  // namespace

std::vector<ExtensionEstimate> rank_extensions(const Graph& graph, const PlanOptions& options,
                                               const Calibration& calibration,
                                               const std::optional<LinkShape>& link,
                                               std::size_t memory_budget) {
  std::vector<ExtensionEstimate> ranking;
  for (const OtExtension extension : ot_extensions) {
    PlanOptions with = options;
    with.extension = extension;
    const Plan plan = make_plan(graph, with);
    if (plan.protocol_choices.extension != extension) continue;  // the profile is bound to another one
    ranking.push_back(estimate(plan, calibration, link, memory_budget));
  }
  std::stable_sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) {
    return std::tie(a.seconds, a.bytes) < std::tie(b.seconds, b.bytes);
  });
  return ranking;
}

}  // namespace privquant
