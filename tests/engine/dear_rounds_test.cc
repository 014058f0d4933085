// Plans that weigh rounds against bytes: networks bit for bit at the stated cost, in fewer rounds.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/whole_networks.h"
#include "nn/zoo.h"
#include "plan/time_model.h"

namespace privquant {
namespace {

const std::size_t lan_round = round_bytes_of(lan_shape);
const std::size_t wan_round = round_bytes_of(wan_shape);

PlanOptions options(OtExtension extension, std::size_t round_bytes) {
  PlanOptions result;
  result.extension = extension;
  result.round_bytes = round_bytes;
  return result;
}

bool fuses(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return std::holds_alternative<step::Requantise>(step.operation);
  });
}

struct Case {
  const char* network;
  int weights;
  int activations;
  OtExtension extension;
  std::size_t round_bytes;
};

class DearRounds : public testing::TestWithParam<Case> {};

TEST_P(DearRounds, KeepEveryBitAndTheStatedCost) {
  const auto [name, weights, activations, extension, round_bytes] = GetParam();
  ZooWidths widths;
  widths.weight_bits = weights;
  widths.activation_bits = activations;
  const Model model = make_zoo_model(name, widths, 3);
  const Plan plan = make_plan(model.graph, options(extension, round_bytes));
  EXPECT_TRUE(fuses(plan));
  LocalPair pair(model, plan);
  expect_equal(model, pair.verify(random_input(model.graph, 1)));
  expect_cost(pair.meter(), plan, 1);

  const Plan cheap = make_plan(model.graph, options(extension, 0));
  EXPECT_LT(cost_of(plan).online.rounds, cost_of(cheap).online.rounds);
}

INSTANTIATE_TEST_SUITE_P(Zoo, DearRounds,
                         testing::Values(Case{"tiny", 8, 8, OtExtension::ferret, lan_round},
                                         Case{"tiny", 4, 4, OtExtension::softspoken4, wan_round},
                                         Case{"tiny", 2, 4, OtExtension::iknp, lan_round},
                                         Case{"minionn", 4, 4, OtExtension::ferret, lan_round},
                                         Case{"resnet20", 2, 4, OtExtension::ferret, lan_round},
                                         Case{"resnet20", 4, 4, OtExtension::ferret, wan_round}));

}  // namespace
}  // namespace privquant
