// Which layers lattices prepare, against all choices, by the cost model.
#include "plan/choose_linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "nn/zoo.h"
#include "plan/choose_preparation.h"

namespace privquant {
namespace {

PlanOptions hybrid(OtExtension extension, LinearPreparation linear, const std::optional<LinkShape>& link) {
  PlanOptions options;
  options.profile = "hybrid";
  options.extension = extension;
  options.linear = linear;
  if (link) options.round_bytes = round_bytes_of(*link);
  return options;
}

double session_seconds(const Plan& plan, const std::optional<LinkShape>& link,
                       const Calibration& calibration = default_calibration()) {
  const PlanTime time = time_of(plan, cost_of(plan), calibration, link);
  return time.setup + time.seconds();
}

LinearTimes times_of(const Graph& graph, OtExtension extension, const std::optional<LinkShape>& link,
                     const Calibration& calibration = default_calibration()) {
  return {graph, make_plan(graph, hybrid(extension, LinearPreparation::automatic, link)),
          make_plan(graph, hybrid(extension, LinearPreparation::ot, link)), calibration, link};
}

// Of all 2^layers choices by LinearTimes.
struct Best {
  double seconds;
  std::set<NodeId> left_to_ots;
};
Best best_of_all(const LinearTimes& times) {
  const std::size_t layers = times.layers().size();
  std::vector<bool> chosen(layers, false);
  Best best{times.seconds(chosen), {}};
  for (std::uint64_t mask = 1; mask < std::uint64_t{1} << layers; ++mask) {
    for (std::size_t i = 0; i < layers; ++i) chosen[i] = (mask >> i & 1U) != 0;
    const double seconds = times.seconds(chosen);
    if (seconds >= best.seconds) continue;
    best = {seconds, {}};
    for (std::size_t i = 0; i < layers; ++i) {
      if (chosen[i]) best.left_to_ots.insert(times.layers()[i]);
    }
  }
  return best;
}

class AutomaticLinear : public testing::TestWithParam<std::string> {};

TEST_P(AutomaticLinear, IsWithinFivePercentOfTheBestOfAllChoices) {
  const Graph graph = make_zoo_model(GetParam(), {4, 4}, 1).graph;
  const std::pair<LinkShape, OtExtension> cases[] = {{lan_shape, OtExtension::softspoken4},
                                                     {wan_shape, OtExtension::ferret}};
  for (const auto& [link, extension] : cases) {
    PlanOptions options = hybrid(extension, LinearPreparation::automatic, link);
    const auto ranking =
        rank_preparations(graph, options, {.extension = extension, .linear = LinearPreparation::automatic},
                          default_calibration(), link);
    ASSERT_EQ(ranking.size(), 1U);
    const LinearTimes times = times_of(graph, extension, link);
    ASSERT_GT(times.layers().size(), 5U);
    const Best best = best_of_all(times);
    options.ot_layers = best.left_to_ots;
    const double as_a_plan = session_seconds(make_plan(graph, options), link);
    EXPECT_LE(ranking.front().seconds, 1.05 * std::min(best.seconds, as_a_plan));
    EXPECT_NEAR(best.seconds, as_a_plan, 0.05 * as_a_plan);
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, AutomaticLinear, testing::Values("minionn", "resnet20"),
                         [](const auto& test) { return test.param; });

TEST(LinearTimes, AddUpToThePlans) {
  const Graph graph = make_zoo_model("resnet20", {4, 4}, 1).graph;
  for (const OtExtension extension : ot_extensions) {
    const LinearTimes times = times_of(graph, extension, lan_shape);
    const std::size_t layers = times.layers().size();
    const auto seconds = [&](LinearPreparation linear) {
      return session_seconds(make_plan(graph, hybrid(extension, linear, lan_shape)), lan_shape);
    };
    const double lattices = seconds(LinearPreparation::automatic);
    EXPECT_NEAR(times.seconds(std::vector<bool>(layers, false)), lattices, 0.001 * lattices);
    const double ots = seconds(LinearPreparation::ot);
    // What starts Ferret is shared out by bits.
    const double tolerance = extension == OtExtension::ferret ? 0.1 : 0.02;
    EXPECT_NEAR(times.seconds(std::vector<bool>(layers, true)), ots, tolerance * ots);
  }
}

TEST(LinearTimes, AMachineThatIsSlowAtLatticesLeavesAllToOts) {
  const Graph graph = make_zoo_model("minionn", {4, 4}, 1).graph;
  Calibration slow = default_calibration();
  slow[WorkKind::lattice_residue] = 1e-3;
  const LinearTimes times = times_of(graph, OtExtension::softspoken4, lan_shape, slow);
  const auto best = times.best();
  EXPECT_EQ(best, std::set<NodeId>(times.layers().begin(), times.layers().end()));
  // A modem wants the fewest bytes.
  EXPECT_TRUE(times_of(graph, OtExtension::softspoken4, LinkShape{1e5, 0}).best().empty());
}

TEST(OtLayers, StayWithOtsAndOthersDoNot) {
  const Graph graph = make_zoo_model("minionn", {4, 4}, 1).graph;
  PlanOptions options = hybrid(OtExtension::ferret, LinearPreparation::automatic, std::nullopt);
  const Plan all = make_plan(graph, options);
  const auto layer_of = [](const Plan& plan, std::size_t i) {
    return plan.steps[lattice_steps(plan)[i]].node;
  };
  const NodeId first = layer_of(all, 0);
  options.ot_layers = {first};
  const Plan mixed = make_plan(graph, options);
  EXPECT_EQ(lattice_steps(mixed).size() + 1, lattice_steps(all).size());
  EXPECT_NE(layer_of(mixed, 0), first);
  EXPECT_NE(plan_hash(mixed), plan_hash(all));
  // What was weighed is still reported.
  const auto choice = std::find_if(mixed.choices.begin(), mixed.choices.end(),
                                   [&](const Choice& c) { return c.node == first; });
  ASSERT_NE(choice, mixed.choices.end());
  EXPECT_EQ(choice->candidates.front().name.substr(0, 7), "lattice");
  EXPECT_LT(choice->candidates.front().bytes, choice->candidates[choice->chosen].bytes);
}

TEST(OtLayers, AreOnlyWhatThePlanHeeds) {
  const Graph graph = make_zoo_model("tiny", {4, 4}, 1).graph;
  PlanOptions options = hybrid(OtExtension::ferret, LinearPreparation::automatic, std::nullopt);
  options.ot_layers = {0, 1, graph.nodes.size(), std::size_t{1} << 40};
  EXPECT_EQ(make_plan(graph, options).options.ot_layers, std::set<NodeId>{1});
  for (const LinearPreparation linear : {LinearPreparation::ot, LinearPreparation::lattice}) {
    options.linear = linear;
    const Plan plan = make_plan(graph, options);
    EXPECT_TRUE(plan.options.ot_layers.empty());
    PlanOptions plain = hybrid(OtExtension::ferret, linear, std::nullopt);
    EXPECT_EQ(plan_hash(plan), plan_hash(make_plan(graph, plain)));
  }
}

}  // namespace
}  // namespace privquant
