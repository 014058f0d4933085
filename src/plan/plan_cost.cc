#include "plan/plan_cost.h"

#include <algorithm>
#include <iterator>

#include "mpc/maximum.h"
#include "mpc/relu.h"
#include "mpc/reveal.h"
#include "mpc/saturate.h"
#include "mpc/truncate.h"
#include "ot/prices.h"

namespace privquant {
namespace {

// Adds a step's online messages and demand; local steps add nothing.
struct StepPricer {
  Cost& cost;
  const Plan& plan;
  const Step& step;

  const PlanValue& input() const { return plan.values[step.inputs[0]]; }
  const PlanValue& output() const { return plan.values[*step.output]; }

  void operator()(const step::Convolve& s) const { cost_convolve(cost, s.convolution); }
  void operator()(const step::MaskedConvolve& s) const { cost_masked_linear(cost, s.layer, s.lattice); }
  void operator()(const step::Extend& s) const {
    cost_extend(cost, input().width, output().width, input().size, s.msb);
  }
  void operator()(const step::TruncateReduce& s) const {
    cost_truncate_reduce(cost, input().width, s.shift, input().size);
  }
  void operator()(const step::Truncate& s) const {
    cost_truncate(cost, input().width, s.shift, input().size, s.msb);
  }
  void operator()(const step::Relu&) const { cost_relu(cost, input().width, output().width, input().size); }
  void operator()(const step::ClipToWindow& s) const {
    cost_clip_window(cost, input().width, s.window, output().width, input().size);
  }
  void operator()(const step::Requantise& s) const {
    cost_requantise(cost, input().width, s.requantisation, output().width, input().size);
  }
  void operator()(const step::Saturate&) const { cost_saturate(cost, input().width, input().size); }
  void operator()(const step::ClipAbove&) const { cost_clip(cost, input().width, input().size); }
  void operator()(const step::ClipBelow&) const { cost_clip(cost, input().width, input().size); }
  void operator()(const step::MaxPool& s) const { cost_max_pool(cost, s.shape, input().width); }
  void operator()(const step::RevealLogits&) const {
    cost_reveal(cost, Role::client, input().width, input().size);
  }
  void operator()(const step::RevealArgMax&) const {
    cost_argmax(cost, input().width, input().size);
    cost_reveal(cost, Role::client, index_width(input().size), 1);
  }
  void operator()(const step::RevealTopK& s) const {
    const auto k = static_cast<std::size_t>(s.k);
    cost_top_k(cost, input().width, input().size, k);
    cost_reveal(cost, Role::client, top_k_index_width(input().size, k), k);
  }
  // Local work. Every step is named, so that a new one cannot be free by oversight.
  void operator()(const step::ShareInput&) const {}
  void operator()(const step::AddConstant&) const {}
  void operator()(const step::ShiftLeft&) const {}
  void operator()(const step::Add&) const {}
  void operator()(const step::Narrow&) const {}
  void operator()(const step::SumPool&) const {}
  void operator()(const step::Concat&) const {}
  void operator()(const step::PadChannels&) const {}
};

PhaseCost phase_of(const Cost& cost) {
  return {cost.bytes_from(Role::server), cost.bytes_from(Role::client), cost.rounds()};
}

// By value: the step that makes it.
std::vector<std::size_t> makers(const Plan& plan) {
  std::vector<std::size_t> made_by(plan.values.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].output) made_by[*plan.steps[i].output] = i;
  }
  return made_by;
}

// The lattice layer whose result a step reads, which the server may have added constants to: the client's share stays. IKNP's
// store makes triples of OTs that lie in it, so that their places change.
std::optional<std::size_t> lattice_operand(const Plan& plan, const std::vector<std::size_t>& made_by,
                                           const Step& step) {
  if (plan.protocol_choices.extension == OtExtension::iknp) return std::nullopt;
  if (!std::holds_alternative<step::TruncateReduce>(step.operation) &&
      !std::holds_alternative<step::Requantise>(step.operation))
    return std::nullopt;
  std::size_t maker = made_by[step.inputs[0]];
  while (std::holds_alternative<step::AddConstant>(plan.steps[maker].operation))
    maker = made_by[plan.steps[maker].inputs[0]];
  if (!std::holds_alternative<step::MaskedConvolve>(plan.steps[maker].operation)) return std::nullopt;
  return maker;
}

}  // namespace

double price(const Cost& cost) {
  return static_cast<double>(cost.bytes() + cost.prepared[0] + cost.prepared[1]) +
         preparation_bits(cost.demand, cost.choices.extension) / 8;
}

void cost_step(Cost& cost, const Plan& plan, const Step& step) {
  std::visit(StepPricer{cost, plan, step}, step.operation);
}

std::uint64_t PreparationBatch::bytes_ahead() const {
  std::uint64_t bytes = 0;
  for (const ChosenAhead& chosen : ahead) bytes += chosen.bytes;
  return bytes;
}

std::vector<PreparationBatch> preparation_batches(const Plan& plan, std::size_t memory_budget) {
  const OtExtension extension = plan.protocol_choices.extension;
  const std::size_t room = room_for_stock(memory_budget, extension);
  const std::vector<std::size_t> made_by = makers(plan);
  const std::vector<std::size_t> linears = lattice_steps(plan);
  std::vector<PreparationBatch> batches{{0, {}}};
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto operand = lattice_operand(plan, made_by, plan.steps[i]);
    Cost cost;
    cost.choices = plan.protocol_choices;
    cost.chosen_ahead = operand.has_value();
    cost_step(cost, plan, plan.steps[i]);
    const Demand demand = cost.demand;
    Demand together = batches.back().demand;
    together += demand;
    if (memory_budget != 0 && stored_bytes(together, extension) > room && !demand.none() &&
        !batches.back().demand.none()) {
      batches.push_back({i, demand});
    } else {
      // A layer that ran in an earlier batch has used up what was prepared.
      const std::uint64_t bytes = cost.prepared[index_of(Role::client)];
      if (operand && *operand >= batches.back().first_step && bytes != 0) {
        const auto linear = std::lower_bound(linears.begin(), linears.end(), *operand) - linears.begin();
        batches.back().ahead.push_back({i, static_cast<std::size_t>(linear), batches.back().demand, bytes});
      }
      batches.back().demand = together;
    }
  }
  return batches;
}

void cost_batch(Cost& cost, const PreparationBatch& batch, PreparationState& state) {
  cost_preparation(cost, batch.demand, state);
  cost.align();
  cost.message(Role::client, batch.bytes_ahead());
}

PhaseCost setup_of(OtExtension extension, const LatticeKeyDemand& keys) {
  Cost setup;
  cost_setup(setup, extension);
  setup.align();
  cost_lattice_keys(setup, keys);
  return phase_of(setup);
}

PhaseCost lattice_preparation_of(const Plan& plan) {
  Cost steps;
  steps.choices = plan.protocol_choices;
  for (const std::size_t i : lattice_steps(plan)) cost_step(steps, plan, plan.steps[i]);
  Cost messages;
  cost_prepare_masked_linears(messages, steps.prepared[index_of(Role::client)],
                              steps.prepared[index_of(Role::server)]);
  return phase_of(messages);
}

PlanCost cost_of(const Plan& plan, std::size_t memory_budget) {
  PlanCost result;
  Cost online;
  online.choices = plan.protocol_choices;
  const std::vector<PreparationBatch> batches = preparation_batches(plan, memory_budget);
  auto current = batches.begin();
  auto ahead = current->ahead.begin();
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (std::next(current) != batches.end() && std::next(current)->first_step == i) {
      online.align();  // the batch is prepared here
      ahead = (++current)->ahead.begin();
    }
    const Cost before = online;
    online.demand = {};
    if (ahead != current->ahead.end() && ahead->step == i) {
      online.chosen_ahead = true;
      ++ahead;
    }
    cost_step(online, plan, plan.steps[i]);
    StepCost cost;
    cost.demand = online.demand;
    cost.online = {online.bytes_from(Role::server) - before.bytes_from(Role::server),
                   online.bytes_from(Role::client) - before.bytes_from(Role::client),
                   online.rounds() - before.rounds()};
    const auto prepared = [&](Role role) {
      return online.prepared[index_of(role)] - before.prepared[index_of(role)];
    };
    cost.preparation_bytes = preparation_bits(cost.demand, plan.protocol_choices.extension) / 8 +
                             static_cast<double>(prepared(Role::server) + prepared(Role::client));
    result.steps.push_back(cost);
  }
  result.online = phase_of(online);
  result.setup = setup_of(plan.protocol_choices.extension, lattice_keys_of(plan));
  result.preparation = lattice_preparation_of(plan);
  PreparationState state(plan.protocol_choices.extension);
  for (const PreparationBatch& batch : batches) {
    Cost preparation;
    cost_batch(preparation, batch, state);
    const PhaseCost phase = phase_of(preparation);
    result.preparation.server_bytes += phase.server_bytes;
    result.preparation.client_bytes += phase.client_bytes;
    result.preparation.rounds += phase.rounds;
  }
  return result;
}

}  // namespace privquant
