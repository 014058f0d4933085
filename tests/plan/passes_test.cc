// What the passes save, and what the baseline costs, in exact bytes of networks of the zoo.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "nn/zoo.h"
#include "nn/zoo_reference.h"
#include "plan/passes.h"
#include "plan/plan_cost.h"
#include "plan/time_model.h"

namespace privquant {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

double mebibytes(const std::string& reference, const std::string& profile,
                 const std::set<std::string>& without = {}) {
  const ZooReference network = parse_zoo_reference(reference);
  const Graph graph = make_zoo_model(network.name, network.widths, 1).graph;
  const PlanCost cost = cost_of(make_plan(graph, {profile, Reveal::logits, 0, without}));
  return static_cast<double>(cost.online.bytes() + cost.preparation.bytes()) / mebibyte;
}

struct Saving {
  const char* pass;
  const char* network;
  double least;  ///< how many times as many bytes without the pass
};

class EveryPassSaves : public testing::TestWithParam<Saving> {};

TEST_P(EveryPassSaves, BytesWhereItApplies) {
  const auto [pass, network, least] = GetParam();
  EXPECT_GE(mebibytes(network, "privquant", {pass}) / mebibytes(network, "privquant"), least);
}

INSTANTIATE_TEST_SUITE_P(
    Passes, EveryPassSaves,
    testing::Values(
        Saving{"accumulator-bound", "resnet32:w4a4", 1.15},
        Saving{"before-im2col", "mobilenetv2-tiny:w4a4", 1.001},
        Saving{"weight-driven", "resnet32:w2a4", 1.2}, Saving{"winograd", "resnet32:w4a4", 1.1},
        Saving{"sign-propagation", "resnet32:w4a4", 1.02}, Saving{"merge-conversions", "resnet32:w4a4", 1.05},
        Saving{"relu-after-truncation", "resnet32:w4a4", 1.05},
        Saving{"relu-extension", "resnet32:w4a4", 1.02}, Saving{"clip-window", "resnet32:w4a4", 1.05},
        Saving{"residual", "resnet32:w4a4", 1.0001}, Saving{"shared-conversions", "resnet32:w4a4", 1.0001},
        Saving{"pool-first", "tiny:w4a4", 1.02}, Saving{"joint-products", "resnet32:w4a4", 1.01},
        Saving{"wide-digits", "resnet32:w2a4", 1.002}, Saving{"both-directions", "resnet32:w2a4", 0.99}),
    [](const auto& test) {
      std::string name = test.param.pass;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Passes, EachIsInTheTestAbove) {
  EXPECT_EQ(passes().size(), 16U);  // fused-requantise saves rounds, below
  EXPECT_THROW(profile_of({"privquant", Reveal::logits, 0, {"no-such-pass"}}), Error);
  EXPECT_TRUE(profile_of({"sirnn", Reveal::logits, 0, {}}).passes.empty());
}

TEST(Passes, FusedRequantisationsSaveRoundsWhereTheyAreDear) {
  const Graph graph = make_zoo_model("resnet32", parse_zoo_reference("resnet32:b0.37").widths, 1).graph;
  const auto online = [&](std::size_t round_bytes, const std::set<std::string>& without) {
    PlanOptions options{"privquant", Reveal::logits, 0, without};
    options.extension = OtExtension::ferret;
    options.round_bytes = round_bytes;
    return cost_of(make_plan(graph, options)).online;
  };
  const PhaseCost cheap = online(0, {});
  for (const LinkShape& link : {lan_shape, wan_shape}) {
    const std::size_t round_bytes = round_bytes_of(link);
    const PhaseCost with = online(round_bytes, {});
    const PhaseCost stepwise = online(round_bytes, {"fused-requantise"});
    EXPECT_GE(static_cast<double>(stepwise.rounds) / static_cast<double>(with.rounds), 1.2);
    EXPECT_LT(with.bytes() + with.rounds * round_bytes, stepwise.bytes() + stepwise.rounds * round_bytes);
    EXPECT_GE(static_cast<double>(cheap.rounds) / static_cast<double>(with.rounds), 1.7);
    EXPECT_GE(with.bytes(), cheap.bytes());
  }
}

// A nearly silent extension weighs rounds unasked; IKNP does not.
TEST(Passes, RoundsHaveAPriceWhereCorrelationsHaveNone) {
  const auto round_bytes = [](const std::string& profile, OtExtension extension) {
    PlanOptions options{profile, Reveal::logits, 0, {}};
    options.extension = extension;
    return profile_of(options).protocol_choices().round_bytes;
  };
  EXPECT_EQ(round_bytes("privquant", OtExtension::iknp), 0U);
  EXPECT_GT(round_bytes("privquant", OtExtension::ferret), 0U);
  EXPECT_EQ(round_bytes("sirnn", OtExtension::ferret), 0U);
}

TEST(Passes, AnAbsurdWorthOfARoundIsRefused) {
  PlanOptions options;
  options.round_bytes = round_bytes_of(parse_link_shape("1000000,10000"));  // the greatest link there is
  EXPECT_NO_THROW(profile_of(options));
  options.round_bytes = max_round_bytes + 1;
  EXPECT_THROW(profile_of(options), Error);
}

// MiB of SiRNN's own operators, composed for a quantised ResNet-32 (docs/baselines.md).
TEST(Baseline, CostsWhatTheirCodeCostsOrLess) {
  EXPECT_LE(mebibytes("resnet32:w8a8", "sirnn"), 2400 * 1.05);
  EXPECT_LE(mebibytes("resnet32:w4a4", "sirnn"), 1097 * 1.05);
  EXPECT_LE(mebibytes("resnet32:w2a4", "sirnn"), 997 * 1.05);
}

TEST(Targets, OfResnet32AreReached) {
  const double w4a4 = mebibytes("resnet32:w4a4", "privquant");
  EXPECT_LE(w4a4, 450);
  EXPECT_GE(mebibytes("resnet32:w4a4", "sirnn") / w4a4, 2.4);
  const double w2a4 = mebibytes("resnet32:w2a4", "privquant");
  EXPECT_LE(w2a4, 260);
  EXPECT_GE(mebibytes("resnet32:w2a4", "sirnn") / w2a4, 3.8);
  EXPECT_GE(mebibytes("resnet32:w16a16r16e16", "sirnn") / mebibytes("resnet32:b0.37", "privquant"), 11);
}

TEST(Targets, OfLatticesAreReached) {
  const auto cost = [](const std::string& reference) {
    const ZooReference network = parse_zoo_reference(reference);
    PlanOptions options;
    options.profile = "hybrid";
    options.linear = LinearPreparation::lattice;
    options.extension = OtExtension::ferret;
    return cost_of(make_plan(make_zoo_model(network.name, network.widths, 1).graph, options));
  };
  const PlanCost minionn = cost("minionn:b0.40");
  EXPECT_LE(minionn.preparation.bytes() + minionn.online.bytes(), 6'800'000U);
  EXPECT_LE(minionn.online.bytes(), 3'600'000U);
  const PlanCost resnet = cost("resnet32:b0.37");
  EXPECT_LE(resnet.preparation.bytes() + resnet.online.bytes(), 15'400'000U);
  EXPECT_LE(resnet.online.bytes(), 8'600'000U);
  EXPECT_LE(resnet.setup.bytes(), 400'000U);
}

TEST(Plan, EveryNetworkOfTheZooHasAPlanInEveryProfile) {
  for (const std::string& name : zoo_names()) {
    for (const std::string& profile : profile_names())
      EXPECT_GT(mebibytes(name + ":w4a4", profile), 0.0) << name;
  }
}

}  // namespace
}  // namespace privquant
