// The extension, and lattices or not, that `auto` takes, on every network of the zoo, by the cost model.
#include "plan/choose_preparation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nn/zoo.h"

namespace privquant {
namespace {

class ChoosePreparation : public testing::TestWithParam<std::string> {};

TEST_P(ChoosePreparation, TakesTheFastestOnEachLink) {
  const Graph graph = make_zoo_model(GetParam(), {4, 4}, 1).graph;
  for (const LinkShape& link : {lan_shape, wan_shape}) {
    const auto ranking = rank_preparations(graph, {}, {}, default_calibration(), link);
    ASSERT_EQ(ranking.size(), ot_extensions.size());
    PlanOptions options;
    options.extension = ranking.front().extension;
    const Plan plan = make_plan(graph, options);
    const PlanCost cost = cost_of(plan);
    const PlanTime time = time_of(plan, cost, default_calibration(), link);
    EXPECT_DOUBLE_EQ(ranking.front().seconds, time.setup + time.preparation + time.online);
    EXPECT_EQ(ranking.front().bytes, cost.setup.bytes() + cost.preparation.bytes() + cost.online.bytes());
    for (std::size_t i = 1; i < ranking.size(); ++i) EXPECT_LE(ranking[i - 1].seconds, ranking[i].seconds);
    // What an inference takes without set-up, which is in no table, is near the best, too.
    double best = time.seconds();
    for (const OtExtension extension : ot_extensions) {
      options.extension = extension;
      const Plan fixed = make_plan(graph, options);
      best = std::min(best, time_of(fixed, cost_of(fixed), default_calibration(), link).seconds());
    }
    EXPECT_LE(time.seconds(), 1.1 * best);
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, ChoosePreparation, testing::ValuesIn(zoo_names()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Ranking, BytesBreakATie) {
  const Graph graph = make_zoo_model("minionn", {4, 4}, 1).graph;
  const auto ranking = rank_preparations(graph, {}, {}, Calibration{}, std::nullopt);
  EXPECT_EQ(ranking.front().seconds, ranking.back().seconds);
  for (std::size_t i = 1; i < ranking.size(); ++i) EXPECT_LE(ranking[i - 1].bytes, ranking[i].bytes);
}

TEST(Ranking, ASlowLinkWantsFewBytesAndASlowMachineLittleWork) {
  const Graph graph = make_zoo_model("resnet20", {4, 4}, 1).graph;
  const LinkShape modem{1e5, 0};
  EXPECT_EQ(rank_preparations(graph, {}, {}, default_calibration(), modem).front().extension,
            OtExtension::ferret);
  Calibration slow;
  slow[WorkKind::ferret_cot] = 1;
  EXPECT_EQ(rank_preparations(graph, {}, {}, slow, lan_shape).back().extension, OtExtension::ferret);
}

TEST(Ranking, SirnnStaysWithIknp) {
  PlanOptions sirnn;
  sirnn.profile = "sirnn";
  sirnn.extension = OtExtension::ferret;
  const auto ranking =
      rank_preparations(make_zoo_model("tiny", {}, 1).graph, sirnn, {}, default_calibration(), wan_shape);
  ASSERT_EQ(ranking.size(), 1U);
  EXPECT_EQ(ranking.front().extension, OtExtension::iknp);
}

TEST(Ranking, OfTheProfileHybridHasBothWaysToPrepareLinearLayers) {
  PlanOptions hybrid;
  hybrid.profile = "hybrid";
  const Graph graph = make_zoo_model("minionn", {4, 4}, 1).graph;
  const auto rank = [&](const PreparationRequest& request,
                        const Calibration& calibration = default_calibration()) {
    return rank_preparations(graph, hybrid, request, calibration, wan_shape);
  };
  const auto all = rank({});
  EXPECT_EQ(all.size(), 2 * ot_extensions.size());
  EXPECT_EQ(all.front().linear, LinearPreparation::automatic);
  Calibration slow = default_calibration();
  slow[WorkKind::lattice_residue] = 1e-3;
  EXPECT_EQ(rank({}, slow).front().linear, LinearPreparation::ot);
  for (const auto linear :
       {LinearPreparation::ot, LinearPreparation::lattice, LinearPreparation::automatic}) {
    const auto fixed = rank({.extension = std::nullopt, .linear = linear});
    EXPECT_EQ(fixed.size(), ot_extensions.size());
    for (const PreparationEstimate& estimate : fixed) EXPECT_EQ(estimate.linear, linear);
  }
  EXPECT_EQ(rank({.extension = OtExtension::ferret, .linear = std::nullopt}).size(), 2U);
}

TEST(Ranking, OtherProfilesStayWithOts) {
  const Graph graph = make_zoo_model("tiny", {}, 1).graph;
  const auto ranking =
      rank_preparations(graph, {}, {.extension = std::nullopt, .linear = LinearPreparation::lattice},
                        default_calibration(), wan_shape);
  ASSERT_EQ(ranking.size(), ot_extensions.size());
  EXPECT_EQ(ranking.front().linear, LinearPreparation::ot);
}

TEST(Ranking, SmallNetworksDoNotPayForKeys) {
  PlanOptions hybrid;
  hybrid.profile = "hybrid";
  const auto ranking =
      rank_preparations(make_zoo_model("tiny", {}, 1).graph, hybrid, {}, default_calibration(), lan_shape);
  EXPECT_EQ(ranking.front().linear, LinearPreparation::ot);
}

}  // namespace
}  // namespace privquant
