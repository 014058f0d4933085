#include "plan/choose_preparation.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "plan/passes.h"

namespace privquant {
namespace {

std::vector<OtExtension> extensions_to_try(const PreparationRequest& request) {
  if (request.extension) return {*request.extension};
  return {ot_extensions.begin(), ot_extensions.end()};
}

std::vector<LinearPreparation> linear_to_try(const PreparationRequest& request) {
  if (request.linear) return {*request.linear};
  return {LinearPreparation::ot, LinearPreparation::automatic};
}

/// What the profile makes of the options.
PlanOptions bound(PlanOptions options) {
  const Profile profile = profile_of(options);
  options.extension = profile.extension;
  options.linear = profile.linear;
  return options;
}

PreparationEstimate estimate(const Plan& plan, const Calibration& calibration,
                             const std::optional<LinkShape>& link, std::size_t memory_budget) {
  const PlanCost cost = cost_of(plan, memory_budget);
  const PlanTime time = time_of(plan, cost, calibration, link, memory_budget);
  return {plan.protocol_choices.extension, plan.options.linear, time.setup + time.seconds(),
          cost.setup.bytes() + cost.preparation.bytes() + cost.online.bytes()};
}

}  // namespace

std::vector<PreparationEstimate> rank_preparations(const Graph& graph, const PlanOptions& options,
                                                   const PreparationRequest& request,
                                                   const Calibration& calibration,
                                                   const std::optional<LinkShape>& link,
                                                   std::size_t memory_budget) {
  std::vector<PlanOptions> tried;
  std::vector<PreparationEstimate> ranking;
  for (const OtExtension extension : extensions_to_try(request)) {
    for (const LinearPreparation linear : linear_to_try(request)) {
      PlanOptions with = options;
      with.extension = extension;
      with.linear = linear;
      with = bound(std::move(with));
      if (std::find(tried.begin(), tried.end(), with) != tried.end()) continue;
      tried.push_back(with);
      ranking.push_back(estimate(make_plan(graph, with), calibration, link, memory_budget));
    }
  }
  std::stable_sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) {
    return std::tie(a.seconds, a.bytes) < std::tie(b.seconds, b.bytes);
  });
  return ranking;
}

}  // namespace privquant
