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
  Demand demand;     ///< correlations that the step draws
  PhaseCost online;  ///< rounds: what the step adds to the plan's chain of messages
  /// The step's part of the preparation, both ways, with what lattices send and what is chosen ahead; the extension's
  /// last group of 128 OTs is shared, so parts are proportional, not whole.
  double preparation_bytes = 0;
};

/// A step whose client's share is known once lattices have prepared its operand, so that the client chooses ahead for
/// its first lookups (docs/lattice.md).
struct ChosenAhead {
  std::size_t step;
  std::size_t linear;   ///< of lattice_steps()
  Demand before;        ///< what the batch's earlier steps draw
  std::uint64_t bytes;  ///< sent by the client
};

/// Steps whose correlations are prepared together, when the first of them is reached; and then chosen ahead.
struct PreparationBatch {
  std::size_t first_step;
  Demand demand;
  std::vector<ChosenAhead> ahead{};
  std::uint64_t bytes_ahead() const;
};

struct PlanCost {
  std::vector<StepCost> steps;
  PhaseCost online;
  PhaseCost preparation;  ///< of a session's first inference; later ones may find something left over
  PhaseCost setup;        ///< once a session
};

/// The batches of a plan under a memory budget in bytes (0: one batch). Batch 0 starts at step 0.
std::vector<PreparationBatch> preparation_batches(const Plan& plan, std::size_t memory_budget);

/// One batch: its correlations, then what is chosen ahead.
void cost_batch(Cost& cost, const PreparationBatch& batch, PreparationState& state);

/// Of a session's set-up.
PhaseCost setup_of(OtExtension extension, const LatticeKeyDemand& keys);
/// Of the questions and answers of an inference's lattice layers, sent together; nothing if there are none.
PhaseCost lattice_preparation_of(const Plan& plan);

PlanCost cost_of(const Plan& plan, std::size_t memory_budget = 0);

/// Bytes of a cost: its messages, and its demand at the extension's price per OT without rounding to groups.
double price(const Cost& cost);

/// Adds one step to a running cost.
void cost_step(Cost& cost, const Plan& plan, const Step& step);

}  // namespace privquant
