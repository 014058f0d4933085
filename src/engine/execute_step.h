// One step of a plan on this party's shares.
#pragma once

#include <optional>
#include <vector>

#include "mpc/masked_linear.h"
#include "mpc/two_way_lookup.h"
#include "nn/graph.h"
#include "ot/party.h"
#include "plan/plan.h"

namespace privquant {

/// What a step may look at besides its operands.
struct StepContext {
  Party& party;
  const Plan& plan;
  const Model* model;          ///< the server's; nullptr for the client
  const IntegerTensor* input;  ///< the client's; nullptr for the server
  PreparedLinear* masked;      ///< what serves a MaskedConvolve, once; otherwise nullptr
};

/// The lookups that a step of PreparationBatch::ahead starts with, for choose_ahead(); the server's share of `x` may be
/// any.
std::vector<TwoWayLookup> first_lookups(const Party& party, const Plan& plan, const Step& step,
                                        const RingTensor& x);

/// The step's result, or for a reveal what the client learns: logits, or indices. `operands` are the shares
/// of step.inputs in order.
std::optional<RingTensor> execute_step(const StepContext& context, const Step& step,
                                       const std::vector<const RingTensor*>& operands);

}  // namespace privquant
