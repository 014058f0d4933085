#include "plan/choose_preparation.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "plan/choose_linear.h"
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
  return {plan.protocol_choices.extension, plan.options.linear, plan.options.ot_layers,
          time.setup + time.seconds(), cost.setup.bytes() + cost.preparation.bytes() + cost.online.bytes()};
}

bool better(const PreparationEstimate& a, const PreparationEstimate& b) {
  return std::tie(a.seconds, a.bytes) < std::tie(b.seconds, b.bytes);
}

}  // namespace

PlanOptions as_estimated(PlanOptions options, const PreparationEstimate& estimate) {
  options.extension = estimate.extension;
  options.linear = estimate.linear;
  options.ot_layers = estimate.ot_layers;
  return options;
}

std::vector<PreparationEstimate> rank_preparations(const Graph& graph, const PlanOptions& options,
                                                   const PreparationRequest& request,
                                                   const Calibration& calibration,
                                                   const std::optional<LinkShape>& link,
                                                   std::size_t memory_budget) {
  const auto estimate_of = [&](const Plan& plan) { return estimate(plan, calibration, link, memory_budget); };
  std::vector<PreparationEstimate> ranking;
  std::vector<PlanOptions> tried;
  for (const OtExtension extension : extensions_to_try(request)) {
    std::optional<Plan> by_ots;
    for (const LinearPreparation linear : linear_to_try(request)) {
      PlanOptions with = options;
      with.extension = extension;
      with.linear = linear;
      with.ot_layers.clear();
      with = bound(std::move(with));
      if (std::find(tried.begin(), tried.end(), with) != tried.end()) continue;
      tried.push_back(with);
      Plan plan = make_plan(graph, with);
      PreparationEstimate best = estimate_of(plan);
      if (with.linear == LinearPreparation::automatic && !lattice_steps(plan).empty()) {
        if (!by_ots) {
          PlanOptions ots = with;
          ots.linear = LinearPreparation::ot;
          by_ots = make_plan(graph, ots);
        }
        with.ot_layers = LinearTimes(graph, plan, *by_ots, calibration, link, memory_budget).best();
        if (!with.ot_layers.empty()) best = std::min(best, estimate_of(make_plan(graph, with)), better);
      }
      ranking.push_back(best);
      if (with.linear == LinearPreparation::ot) by_ots = std::move(plan);
    }
  }
  std::stable_sort(ranking.begin(), ranking.end(), better);
  return ranking;
}

}  // namespace privquant
