#include "plan/time_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "nn/zoo.h"
#include "plan/fit_calibration.h"
#include "plan/plan_report.h"

namespace privquant {
namespace {

Plan plan_of(const std::string& network, OtExtension extension = OtExtension::iknp) {
  PlanOptions options;
  options.extension = extension;
  return make_plan(make_zoo_model(network, {4, 4}, 1).graph, options);
}

TEST(TimeModel, WithoutALinkOnlyTheMachineCounts) {
  const Plan plan = plan_of("tiny");
  const PlanCost cost = cost_of(plan);
  const PlanTime computing = time_of(plan, cost, default_calibration(), std::nullopt);
  EXPECT_GT(computing.preparation, 0);
  EXPECT_GT(computing.online, 0);
  EXPECT_DOUBLE_EQ(time_of(plan, cost, Calibration{}, std::nullopt).seconds(), 0);
  double steps = 0;
  for (const double step : computing.steps) steps += step;
  EXPECT_DOUBLE_EQ(steps, computing.online);
}

class TimeModelOf : public testing::TestWithParam<OtExtension> {};

TEST_P(TimeModelOf, ASlowLinkTakesBytesAndRounds) {
  const Plan plan = plan_of("tiny", GetParam());
  const PlanCost cost = cost_of(plan);
  const LinkShape link{1e6, 0.25};
  const PlanTime time = time_of(plan, cost, Calibration{}, link);
  const auto expected = [&](const PhaseCost& phase) {
    return 8 * static_cast<double>(phase.bytes()) / link.bits_per_second +
           static_cast<double>(phase.rounds) * link.one_way_delay_seconds;
  };
  EXPECT_NEAR(time.setup, expected(cost.setup), 1e-9);
  EXPECT_NEAR(time.preparation, expected(cost.preparation), 1e-9);
  EXPECT_NEAR(time.online, expected(cost.online), 1e-9);
}

TEST_P(TimeModelOf, EveryRandomCotIsSomebodysWork) {
  Demand demand;
  demand.ots(Role::server, 1) = 1000;
  demand.ots(Role::client, 4) = 200'000;
  demand.triples = 3000;
  PreparationState state(GetParam());
  const Work work = preparation_work(demand, state);
  double made = 0;
  for (const WorkKind kind : {WorkKind::softspoken2_cot, WorkKind::softspoken4_cot, WorkKind::softspoken8_cot,
                              WorkKind::ferret_cot})
    made += work[kind];
  const auto cots =
      static_cast<double>(random_cots(demand, Role::server) + random_cots(demand, Role::client));
  if (GetParam() == OtExtension::iknp) {
    EXPECT_EQ(made, 0);
    EXPECT_EQ(work[WorkKind::short_ot], 1000);
    EXPECT_GE(work[WorkKind::wide_ot], 200'000);
    return;
  }
  EXPECT_EQ(work[WorkKind::short_ot] + work[WorkKind::wide_ot] + work[WorkKind::triple], 0);
  EXPECT_EQ(work[WorkKind::triple_half], 2 * 3000);
  EXPECT_EQ(work[WorkKind::packed_cot], 4 * 200'000);
  if (GetParam() != OtExtension::ferret) {
    EXPECT_EQ(made, cots);
    return;
  }
  EXPECT_GT(work[WorkKind::softspoken8_cot], 0) << "the first round starts from these";
  EXPECT_GT(work[WorkKind::ferret_cot], 4 * 200'000);
  Demand little;
  little.ots(Role::client, 1) = 1000;
  EXPECT_EQ(preparation_work(little, state)[WorkKind::softspoken8_cot], 0) << "the second is under way";
}

INSTANTIATE_TEST_SUITE_P(Every, TimeModelOf, testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(TimeModel, ComputingHidesBehindSendingButNotAltogether) {
  const Plan plan = plan_of("tiny");
  const PlanCost cost = cost_of(plan);
  const LinkShape link{10e6, 0};
  const double computing = time_of(plan, cost, default_calibration(), std::nullopt).seconds();
  const double sending = time_of(plan, cost, Calibration{}, link).seconds();
  const double both = time_of(plan, cost, default_calibration(), link).seconds();
  EXPECT_GT(both, std::max(computing, sending));
  EXPECT_LT(both, computing + sending);
}

TEST(TimeModel, BatchesOfPreparationCostRounds) {
  const Plan plan = plan_of("tiny");
  constexpr std::size_t little_memory = 1 << 16;
  ASSERT_GT(preparation_batches(plan, little_memory).size(), 1U);
  const LinkShape link{1e12, 1};
  const PlanCost cost = cost_of(plan, little_memory);
  EXPECT_GT(cost.preparation.rounds, cost_of(plan).preparation.rounds);
  EXPECT_NEAR(time_of(plan, cost, Calibration{}, link, little_memory).preparation,
              static_cast<double>(cost.preparation.rounds), 1e-3);
}

TEST(FitCalibration, FindsWhatMadeTheTimes) {
  Calibration truth;
  for (std::size_t i = 0; i < work_kinds; ++i)
    truth[static_cast<WorkKind>(i)] =
        std::pow(10.0, -9 + static_cast<double>(i % 3)) * (1.0 + static_cast<double>(i));
  truth[WorkKind::value] = 0;
  std::mt19937_64 generator(7);
  std::uniform_real_distribution<double> amount(0, 1e6);
  std::vector<TimedWork> samples(60);
  for (TimedWork& sample : samples) {
    for (std::size_t i = 0; i < work_kinds; ++i) sample.work[static_cast<WorkKind>(i)] = amount(generator);
    sample.seconds = sample.work * truth;
  }
  const Calibration found = fit_calibration(samples);
  for (std::size_t i = 0; i < work_kinds; ++i) {
    const auto kind = static_cast<WorkKind>(i);
    EXPECT_NEAR(found[kind], truth[kind], 1e-3 * truth[kind] + 1e-11) << name_of(kind);
  }
}

TEST(FitCalibration, NeverPaysBackAndKeepsWhatItCannotSee) {
  std::vector<TimedWork> samples(2);
  samples[0].work[WorkKind::byte] = 1e6;
  samples[0].seconds = 1e-3;
  samples[1].work[WorkKind::byte] = 1e6;
  samples[1].work[WorkKind::product] = 1e6;
  samples[1].seconds = 0.5e-3;  // as if products gave time back
  const Calibration found = fit_calibration(samples);
  EXPECT_EQ(found[WorkKind::product], 0);
  EXPECT_GT(found[WorkKind::byte], 0);
  EXPECT_EQ(found[WorkKind::short_ot], default_calibration()[WorkKind::short_ot]);
}

TEST(PlanReport, LayersAddUpToTheWhole) {
  for (const char* network : {"tiny", "minionn", "resnet20"}) {
    const Plan plan = plan_of(network);
    const PlanReport report = report_on(plan, default_calibration(), lan_shape, 0);
    const PlanCost cost = cost_of(plan);
    EXPECT_EQ(report.bytes(), cost.preparation.bytes() + cost.online.bytes());
    std::uint64_t bytes = 0;
    std::uint64_t online = 0;
    std::uint64_t rounds = 0;
    double seconds = 0;
    for (const LayerReport& layer : report.layers) {
      bytes += layer.bytes();
      online += layer.online.bytes();
      rounds += layer.online.rounds;
      seconds += layer.seconds;
      std::uint64_t parts = 0;
      for (const auto& [name, part] : layer.by_functionality) parts += part;
      EXPECT_EQ(parts, layer.bytes());
    }
    EXPECT_EQ(bytes, report.bytes());
    EXPECT_EQ(online, report.online.bytes());
    EXPECT_EQ(rounds, report.online.rounds);
    EXPECT_NEAR(seconds, report.time.seconds(), 1e-9);
  }
}

}  // namespace
}  // namespace privquant
