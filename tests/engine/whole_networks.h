// Whole networks: the secure result equals the plaintext result, and the meter the plan's cost.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "engine/local_pair.h"
#include "nn/executor.h"
#include "plan/plan_cost.h"

namespace privquant {

inline IntegerTensor random_input(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const Node& node = graph.input();
  std::uniform_int_distribution<std::int64_t> draw(node.type.min(), node.type.max());
  IntegerTensor input{node.type, node.shape, std::vector<std::int64_t>(node.shape.elements())};
  for (auto& value : input.values) value = draw(random);
  return input;
}

inline void expect_equal(const Model& model, const LocalPair::Verification& verification) {
  if (const auto& difference = verification.first_difference) {
    FAIL() << "layer '" << model.graph.nodes[difference->node].name << "' element " << difference->element
           << ": secure " << difference->secure << ", plaintext " << difference->plaintext;
  }
  EXPECT_GT(verification.nodes_compared, 0U);
}

/// An inference gives what the plaintext executor computes.
inline void expect_inference(LocalPair& pair, const Model& model, const IntegerTensor& input) {
  EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
}

inline void expect_cost(Meter& meter, const Plan& plan, std::uint64_t inferences,
                        EngineOptions options = {}) {
  const PlanCost cost = cost_of(plan, options.preparation_memory);
  const Traffic setup = meter.total(Phase::setup);
  EXPECT_EQ(setup.bytes_sent, cost.setup.client_bytes);
  EXPECT_EQ(setup.bytes_received, cost.setup.server_bytes);
  EXPECT_EQ(setup.rounds, cost.setup.rounds);
  const Traffic online = meter.total(Phase::online);
  EXPECT_EQ(online.bytes_sent, cost.online.client_bytes * inferences);
  EXPECT_EQ(online.bytes_received, cost.online.server_bytes * inferences);
  EXPECT_EQ(online.rounds, cost.online.rounds * inferences);
  // Later inferences may find something that the first one left over.
  PreparationState state(plan.protocol_choices.extension);
  PhaseCost expected;
  for (std::uint64_t i = 0; i < inferences; ++i) {
    for (const PreparationBatch& batch : preparation_batches(plan, options.preparation_memory)) {
      Cost part;
      cost_batch(part, batch, state);
      expected.client_bytes += part.bytes_from(Role::client);
      expected.server_bytes += part.bytes_from(Role::server);
      expected.rounds += part.rounds();
    }
    const PhaseCost lattice = lattice_preparation_of(plan);
    expected.client_bytes += lattice.client_bytes;
    expected.server_bytes += lattice.server_bytes;
    expected.rounds += lattice.rounds;
    if (i == 0) {
      EXPECT_EQ(expected.bytes(), cost.preparation.bytes());
      EXPECT_EQ(expected.rounds, cost.preparation.rounds);
    }
  }
  const Traffic preparation = meter.total(Phase::preparation);
  EXPECT_EQ(preparation.bytes_sent, expected.client_bytes);
  EXPECT_EQ(preparation.bytes_received, expected.server_bytes);
  EXPECT_EQ(preparation.rounds, expected.rounds);
}

}  // namespace privquant
