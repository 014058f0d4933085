// Networks whose linear layers are prepared by lattices.
#include <gtest/gtest.h>

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

TEST(LatticeEngine, PreparesAheadInSlices) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, options_with(LinearPreparation::lattice));
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

}  // namespace
}  // namespace privquant
