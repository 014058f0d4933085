// Networks whose linear layers are prepared by lattices.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/whole_networks.h"
#include "nn/zoo.h"

namespace privquant {
namespace {

PlanOptions options_with(LinearPreparation linear, OtExtension extension = OtExtension::softspoken4) {
  PlanOptions options;
  options.profile = "hybrid";
  options.extension = extension;
  options.linear = linear;
  return options;
}

struct Case {
  const char* network;
  LinearPreparation linear;
};

class LatticeNetwork : public testing::TestWithParam<Case> {};

TEST_P(LatticeNetwork, IsEvaluatedBitForBitAtTheStatedCost) {
  const auto [name, linear] = GetParam();
  ZooWidths widths;
  widths.weight_bits = 4;
  widths.activation_bits = 4;
  const Model model = make_zoo_model(name, widths, 3);
  const Plan plan = make_plan(model.graph, options_with(linear));
  SCOPED_TRACE(to_text(plan));
  ASSERT_FALSE(lattice_steps(plan).empty());
  LocalPair pair(model, plan);
  expect_equal(model, pair.verify(random_input(model.graph, 1)));
  expect_cost(pair.meter(), plan, 1);
  expect_inference(pair, model, random_input(model.graph, 2));
  expect_cost(pair.meter(), plan, 2);
}

INSTANTIATE_TEST_SUITE_P(Zoo, LatticeNetwork,
                         testing::Values(Case{"tiny", LinearPreparation::lattice},
                                         Case{"minionn", LinearPreparation::lattice},
                                         Case{"resnet20", LinearPreparation::automatic}),
                         [](const auto& test) {
                           std::string name = test.param.network;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

class LatticeEngine : public testing::TestWithParam<OtExtension> {};

TEST_P(LatticeEngine, ChoosesAheadForAsManyAsArePrepared) {
  const Model model = make_zoo_model("minionn", {}, 1);
  const Plan plan = make_plan(model.graph, options_with(LinearPreparation::lattice, GetParam()));
  EXPECT_EQ(preparation_batches(plan, 0).front().bytes_ahead() == 0, GetParam() == OtExtension::iknp);
  LocalPair pair(model, plan);
  for (const std::size_t ahead : {1U, 3U}) EXPECT_EQ(pair.prepare(ahead), ahead);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    expect_inference(pair, model, random_input(model.graph, seed));
    if (seed != 1) continue;
    EXPECT_EQ(pair.prepare(2), 2U);
  }
}

TEST_P(LatticeEngine, ChoosesAheadBatchByBatchWhereMemoryIsShort) {
  const Model model = make_zoo_model("minionn", {}, 1);
  const Plan plan = make_plan(model.graph, options_with(LinearPreparation::lattice, GetParam()));
  EngineOptions tight;
  tight.preparation_memory = 8'000'000;
  const auto batches = preparation_batches(plan, tight.preparation_memory);
  ASSERT_GT(batches.size(), 2U);
  const auto choosing = std::count_if(batches.begin(), batches.end(),
                                      [](const PreparationBatch& batch) { return batch.bytes_ahead() > 0; });
  EXPECT_EQ(choosing > 1, GetParam() != OtExtension::iknp);
  LocalPair pair(model, plan, tight);
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
  expect_cost(pair.meter(), plan, 2, tight);
}

TEST_P(LatticeEngine, PreparesAheadInSlices) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, options_with(LinearPreparation::lattice, GetParam()));
  const std::size_t layers = lattice_steps(plan).size();
  LocalPair pair(model, plan);
  for (std::size_t i = 0; i < layers; ++i) EXPECT_TRUE(pair.prepare_slice(2));
  expect_inference(pair, model, random_input(model.graph, 1));  // of OTs it makes what is missing
  while (pair.prepare_slice(2)) {
  }
  EXPECT_EQ(pair.prepare(2), 2U);
  const std::uint64_t before = pair.meter().total(Phase::preparation).bytes_sent;
  expect_inference(pair, model, random_input(model.graph, 2));
  expect_inference(pair, model, random_input(model.graph, 3));
  EXPECT_EQ(pair.meter().total(Phase::preparation).bytes_sent, before);
}

INSTANTIATE_TEST_SUITE_P(Ot, LatticeEngine, testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace privquant
