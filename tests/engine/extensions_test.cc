// Networks with every OT extension: bit for bit, at the stated cost, from what was prepared ahead.
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>

#include "engine/whole_networks.h"
#include "nn/zoo.h"

namespace privquant {
namespace {

class EveryExtension : public testing::TestWithParam<OtExtension> {
 protected:
  Plan plan_of(const Model& model) const {
    PlanOptions options;
    options.extension = GetParam();
    return make_plan(model.graph, options);
  }
};

TEST_P(EveryExtension, IsBitForBitAtTheStatedCost) {
  for (const auto& [network, weights, activations] :
       {std::tuple("tiny", 8, 8), std::tuple("tiny", 2, 4), std::tuple("minionn", 4, 4)}) {
    SCOPED_TRACE(network);
    const Model model = make_zoo_model(network, {weights, activations}, 3);
    const Plan plan = plan_of(model);
    EXPECT_EQ(plan.protocol_choices.extension, GetParam());
    LocalPair pair(model, plan);
    expect_equal(model, pair.verify(random_input(model.graph, 1)));
    expect_cost(pair.meter(), plan, 1);
  }
}

TEST_P(EveryExtension, LaterInferencesAndBatchesCostWhatTheyFind) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = plan_of(model);
  const EngineOptions tight{100'000};
  ASSERT_GT(preparation_batches(plan, tight.preparation_memory).size(), 2U);
  LocalPair pair(model, plan, tight);
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
  expect_cost(pair.meter(), plan, 3, tight);
}

TEST_P(EveryExtension, DrawsFromWhatWasPreparedAhead) {
  const Model model = make_zoo_model("tiny", {4, 4}, 1);
  const Plan plan = plan_of(model);
  LocalPair pair(model, plan);
  const auto expect_preparation = [&](const Cost& expected) {
    const Traffic traffic = pair.meter().total(Phase::preparation);
    EXPECT_EQ(traffic.bytes_sent, expected.bytes_from(Role::client));
    EXPECT_EQ(traffic.bytes_received, expected.bytes_from(Role::server));
  };
  const Demand one = preparation_batches(plan, 0).front().demand;
  PreparationState state(GetParam());
  Cost expected;
  cost_preparation(expected, one.times(3), state);
  EXPECT_EQ(pair.prepare(3), 3U);
  EXPECT_EQ(pair.prepare(2), 3U) << "more are there";
  expect_preparation(expected);
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
  expect_preparation(expected);
  cost_preparation(expected, one, state);
  EXPECT_EQ(pair.prepare(2), 2U) << "one was left";
  expect_preparation(expected);
  cost_preparation(expected, one, state);
  for (std::uint64_t seed = 2; seed < 5; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
  expect_preparation(expected);
}

TEST_P(EveryExtension, PreparesInSlicesWhatAnInferenceMayInterrupt) {
  const Model model = make_zoo_model("minionn", {4, 4}, 1);
  const Plan plan = plan_of(model);
  LocalPair pair(model, plan);
  const auto prepared = [&] { return pair.meter().total(Phase::preparation); };
  // Bytes beyond those of one go: each slice is rounded up to whole groups, or finds a round of Ferret's.
  std::size_t slices = 1;
  while (pair.prepare_slice(2)) ++slices;
  EXPECT_GT(slices, 3U);
  const Traffic all = prepared();
  EXPECT_EQ(pair.prepare(2), 2U) << "nothing was missing";
  EXPECT_EQ(prepared().bytes(), all.bytes());
  const IntegerTensor input = random_input(model.graph, 1);
  expect_inference(pair, model, input);
  EXPECT_EQ(prepared().bytes(), all.bytes());
  EXPECT_EQ(pair.prepare(1), 1U);
  EXPECT_TRUE(pair.prepare_slice(3)) << "of the two that are missing";
  const std::uint64_t before = prepared().bytes();
  for (int i = 0; i < 2; ++i) expect_inference(pair, model, input);
  EXPECT_GT(prepared().bytes(), before) << "the second lacked something";
  EXPECT_EQ(pair.prepare(1), 1U);
}

TEST_P(EveryExtension, SeveralThreadsKeepEveryBitAndTheStatedCost) {
  const Model model = make_zoo_model("tiny", {4, 4}, 1);
  const Plan plan = plan_of(model);
  EngineOptions threaded;
  threaded.threads = 3;
  LocalPair pair(model, plan, threaded);
  constexpr std::size_t ahead = 12;  // enough to be worth a thread
  EXPECT_EQ(pair.prepare(ahead), ahead);
  PreparationState state(GetParam());
  Cost expected;
  cost_preparation(expected, preparation_batches(plan, 0).front().demand.times(ahead), state);
  EXPECT_EQ(pair.meter().total(Phase::preparation).bytes(), expected.bytes());
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
}

TEST_P(EveryExtension, PreparesAsFarAheadAsMemoryGoes) {
  const Model model = make_zoo_model("tiny", {4, 4}, 1);
  const Plan plan = plan_of(model);
  const std::size_t one = stored_bytes(preparation_batches(plan, 0).front().demand, GetParam());
  const IntegerTensor input = random_input(model.graph, 1);
  for (const auto& [room, most] : {std::pair(3 * one - 1, 2U), std::pair(one, 1U), std::pair(one - 1, 1U)}) {
    // Half of so little is for Ferret's tables.
    const std::size_t memory = GetParam() == OtExtension::ferret ? 2 * room : room;
    ASSERT_EQ(room_for_stock(memory, GetParam()), room);
    LocalPair pair(model, plan, {memory});
    EXPECT_EQ(pair.prepare(1000), most);
    for (int i = 0; i < 3; ++i) expect_inference(pair, model, input);
  }
}

INSTANTIATE_TEST_SUITE_P(Ot, EveryExtension, testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace privquant
