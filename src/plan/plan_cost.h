// The exact price of a plan: bytes each way and rounds, per step, preparation and online apart.
#pragma once

#include <vector>

#include "ot/cost.h"
#include "plan/plan.h"

namespace privquant {

struct PhaseCost {
  std::uint64_t server_bytes = 0;  ///< sent by the server
  std::uint64_t client_bytes = 0;
  std::uint64_t rounds = 0;
  std::uint64_t bytes() const { return server_bytes + client_bytes; }
};

struct StepCost {
  Demand demand;       ///< correlations that the step draws
  PhaseCost online;    ///< rounds as the step adds to the plan's chain of messages
};

struct PlanCost {
  std::vector<StepCost> steps;
  PhaseCost online;
  PhaseCost preparation;  ///< all steps' demand prepared at once
  Demand demand;
};

PlanCost cost_of(const Plan& plan);

/// Adds one step to a running cost.
void cost_step(Cost& cost, const Plan& plan, const Step& step);

}  // namespace privquant
