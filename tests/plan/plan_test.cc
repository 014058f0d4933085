#include <gtest/gtest.h>

#include "nn/bounds.h"
#include "nn/zoo.h"
#include "ot/triples.h"
#include "plan/plan_cost.h"
#include "plan/widths.h"

namespace privquant {
namespace {

std::vector<std::string> operations_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Step& step : plan.steps) names.push_back(functionality_name(step.operation));
  return names;
}

// Input → 1×1 convolution → Requantise, with the types under test.
Graph small_graph(TensorType accumulator, TensorType result) {
  Graph graph;
  graph.name = "small";
  const TensorType pixel{8, false, 0};
  const TensorType weight{4, true, accumulator.exponent};
  graph.nodes = {{"input", Input{}, {}, pixel, {1, 2, 2}},
                 {"conv", Conv2d{Window{}, 1, 1, weight}, {0}, accumulator, {1, 2, 2}},
                 {"requantise", Requantise{}, {1}, result, {1, 2, 2}}};
  graph.preprocessing = {{0}, {1}};
  return graph;
}

const PlanOptions sirnn{"sirnn", Reveal::logits, 0, {}};
const Profile every_pass = profile_of({});
const Profile no_pass = profile_of(sirnn);

TEST(Plan, ClipsOnlyWhereTheTypeAllowsIt) {
  // s12 by 2^4 gives at most 127: it fits 7 unsigned bits after ReLU, but not 4.
  const Plan fits = make_plan(small_graph({12, true, -4}, {7, false, 0}), {});
  EXPECT_EQ(operations_of(fits),
            (std::vector<std::string>{"share_input", "share_input", "convolve", "add_constant",
                                      "truncate_reduce", "relu", "reveal_logits"}));
  const Plan clips = make_plan(small_graph({12, true, -4}, {4, false, 0}), {});
  EXPECT_EQ(operations_of(clips),
            (std::vector<std::string>{"share_input", "share_input", "convolve", "add_constant",
                                      "truncate_reduce", "clip_window", "reveal_logits"}));
  const Plan without_shift = make_plan(small_graph({12, true, 0}, {12, true, 0}), {});
  EXPECT_EQ(operations_of(without_shift),
            (std::vector<std::string>{"share_input", "share_input", "convolve", "reveal_logits"}));
}

TEST(Plan, TheGenericCompositionTakesSignsOfTheAccumulator) {
  const Plan plan = make_plan(small_graph({12, true, -4}, {4, false, 0}), sirnn);
  EXPECT_EQ(operations_of(plan),
            (std::vector<std::string>{"share_input", "convolve", "add_constant", "relu", "truncate",
                                      "clip_above", "narrow", "reveal_logits"}));
}

TEST(Plan, ASignedClipGetsHeadRoom) {
  const Graph graph = small_graph({12, true, -4}, {6, true, 0});
  const RequantiseFacts facts = requantise_facts(graph, 2, no_pass);
  EXPECT_TRUE(facts.clips_above && facts.clips_below);
  EXPECT_EQ(facts.input_width, 13);
  EXPECT_EQ(facts.rounding, 8U);
  // From −128 … 127 to −96 … 159 for a window that starts at −32.
  EXPECT_EQ(requantise_facts(graph, 2, every_pass).input_width, 13);
  // −32 … 31 moved to 0 … 63 has 7 bits; with 2 more values below, 8 bits still.
  EXPECT_EQ(requantise_facts(small_graph({12, true, -6}, {5, true, 0}), 2, every_pass).input_width, 13);
}

TEST(Plan, WhatIsNoAccumulatorGetsRoomForTheRoundingConstant) {
  Graph graph = small_graph({12, true, -4}, {8, false, 0});
  graph.nodes.push_back({"narrow", Requantise{}, {2}, {4, false, 4}, {1, 2, 2}});
  EXPECT_EQ(requantise_facts(graph, 3, no_pass).input_width, 10);  // 255 + 8, signed
  const RequantiseFacts facts = requantise_facts(graph, 3, every_pass);
  EXPECT_TRUE(facts.exceeds_by_one);  // (255 + 8) / 16 = 16
  EXPECT_EQ(facts.input_width, 9);    // 255 + 8, unsigned
}

TEST(Plan, AClipCountsOnlyTheSidesThatAct) {
  const ClipFacts facts = clip_facts({8, true, 0}, {INT64_MIN, 6});
  EXPECT_FALSE(facts.below);
  EXPECT_TRUE(facts.above);
  EXPECT_EQ(facts.width, 9);
}

TEST(Plan, AHostileContractIsRefusedAtOnce) {
  Graph graph = small_graph({12, true, -4}, {4, false, 0});
  Window window;
  window.kernel_height = window.kernel_width = 1000;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 500;
  graph.nodes[0].shape = {1, 40000, 40000};
  graph.nodes[1].op = Conv2d{window, 1, 1, {4, true, -4}};
  graph.nodes[1].shape = graph.nodes[2].shape = {1, 40001, 40001};
  EXPECT_THROW(make_plan(graph, {}), Error);
}

TEST(Plan, MoreProductsThanPricesCanCountAreRefused) {
  Graph graph = small_graph({12, true, -4}, {4, false, 0});
  graph.nodes[0].shape = {1, 40000, 40000};
  graph.nodes[1].op = Conv2d{Window{}, 1 << 20, 1, {4, true, -4}};
  graph.nodes[1].shape = graph.nodes[2].shape = {1 << 20, 40000, 40000};
  EXPECT_THROW(make_plan(graph, {}), Error);
}

TEST(Plan, EqualContractsGiveEqualPlansAndOtherOptionsOthers) {
  const Graph a = make_zoo_model("tiny", {4, 4, 8, 8}, 1).graph;
  EXPECT_EQ(plan_hash(make_plan(a, {})), plan_hash(make_plan(a, {})));
  EXPECT_NE(plan_hash(make_plan(a, {})), plan_hash(make_plan(a, {"privquant", Reveal::best_class, 5, {}})));
  const Graph b = make_zoo_model("tiny", {4, 5, 8, 8}, 1).graph;
  EXPECT_NE(plan_hash(make_plan(a, {})), plan_hash(make_plan(b, {})));
}

TEST(Plan, NamesItsOtExtensionInTheText) {
  const Graph graph = make_zoo_model("tiny", {4, 4, 8, 8}, 1).graph;
  std::set<Hash> hashes;
  for (const OtExtension extension : ot_extensions) {
    PlanOptions options;
    options.extension = extension;
    const Plan plan = make_plan(graph, options);
    EXPECT_EQ(plan.protocol_choices.extension, extension);
    EXPECT_NE(to_text(plan).find("OT " + std::string(name_of(extension)) + "\n"), std::string::npos);
    hashes.insert(plan_hash(plan));
    PlanOptions theirs = sirnn;
    theirs.extension = extension;
    EXPECT_EQ(plan_hash(make_plan(graph, theirs)), plan_hash(make_plan(graph, sirnn))) << "SiRNN is IKNP's";
  }
  EXPECT_EQ(hashes.size(), ot_extensions.size());
}

TEST(Plan, AnImpossibleWidthNamesTheLayer) {
  try {
    make_plan(small_graph({64, true, -4}, {6, true, 0}), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_NE(std::string(error.what()).find("'requantise'"), std::string::npos) << error.what();
  }
}

TEST(Plan, RefusesWhatItCannotReveal) {
  const Graph graph = make_zoo_model("tiny", {}, 1).graph;
  EXPECT_THROW(make_plan(graph, {"sirnn", Reveal::top_k, 0, {}}), Error);
  EXPECT_THROW(make_plan(graph, {"sirnn", Reveal::top_k, 1000000, {}}), Error);
  EXPECT_THROW(make_plan(graph, {"no such profile", Reveal::logits, 1, {}}), Error);
}

TEST(Plan, ParsesRevealPolicies) {
  PlanOptions options;
  parse_reveal("class", options);
  EXPECT_EQ(options.reveal, Reveal::best_class);
  parse_reveal("top17", options);
  EXPECT_EQ(options.reveal, Reveal::top_k);
  EXPECT_EQ(options.top_k, 17);
  EXPECT_EQ(to_string(options.reveal, options.top_k), "top17");
  for (const char* wrong : {"", "top", "top0", "top-1", "top5x", "topK", "everything"})
    EXPECT_THROW(parse_reveal(wrong, options), Error) << wrong;
}

TEST(PlanCost, BatchesCoverTheDemandAndKeepTheBudget) {
  const Plan plan = make_plan(make_zoo_model("tiny", {4, 4, 8, 8}, 1).graph, {});
  const auto whole = preparation_batches(plan, 0);
  ASSERT_EQ(whole.size(), 1U);
  const auto parts = preparation_batches(plan, 200'000);
  EXPECT_GT(parts.size(), 1U);
  Demand sum;
  for (const auto& batch : parts) sum += batch.demand;
  EXPECT_EQ(sum, whole[0].demand);
  EXPECT_EQ(parts[0].first_step, 0U);
}

TEST(PlanCost, SlicesOfADemandAddUpToIt) {
  const Plan plan = make_plan(make_zoo_model("minionn", {4, 4, 8, 8}, 1).graph, {});
  const Demand whole = preparation_batches(plan, 0).front().demand;
  for (const std::size_t cots : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 18}) {
    Demand sum;
    std::size_t slices = 0;
    const auto worth = [](const Demand& d) {
      return random_cots(d, Role::server) + random_cots(d, Role::client);
    };
    for (; sum != whole && slices < 20; ++slices) {
      const Demand part = whole.beyond(sum).slice(cots);
      EXPECT_FALSE(part.none());
      EXPECT_LE(worth(part), cots + max_choice_bits);
      sum += part;
    }
    EXPECT_EQ(sum == whole, worth(whole) < 20 * cots) << cots;
  }
  EXPECT_EQ(whole.slice(std::size_t{1} << 40), whole);
  EXPECT_EQ(whole.times_in(whole.times(3), 9), 3U);
  EXPECT_EQ(whole.times_in(whole.times(3), 2), 2U);
  EXPECT_EQ(whole.times_in({}, 9), 0U);
}

TEST(PlanCost, LaterBatchesFindWhatFerretLeftOver) {
  PlanOptions options;
  options.extension = OtExtension::ferret;
  const Plan plan = make_plan(make_zoo_model("minionn", {4, 4, 8, 8}, 1).graph, options);
  constexpr std::size_t memory = 8 << 20;
  const auto batches = preparation_batches(plan, memory);
  ASSERT_GT(batches.size(), 1U);
  Cost carried;
  Cost alone;
  PreparationState state(OtExtension::ferret);
  for (const PreparationBatch& batch : batches) {
    cost_preparation(carried, batch.demand, state);
    cost_preparation(alone, batch.demand, OtExtension::ferret);
  }
  EXPECT_EQ(cost_of(plan, memory).preparation.bytes(), carried.bytes());
  EXPECT_LT(carried.bytes(), alone.bytes());
  Cost setup;
  cost_setup(setup, OtExtension::ferret);
  EXPECT_EQ(cost_of(plan).setup.bytes(), setup.bytes());
  EXPECT_EQ(cost_of(plan).setup.rounds, 3U);
}

TEST(PlanCost, RandomCotsTakeLessRoomThanColumns) {
  Demand demand;
  demand.ots(Role::server, 1) = 100;
  demand.ots(Role::client, 5) = 10;
  EXPECT_EQ(stored_bytes(demand, OtExtension::iknp), 100U * 17 + 10 * 33);
  EXPECT_EQ(stored_bytes(demand, OtExtension::softspoken2), 110U * 17);
  Demand triples;
  triples.triples = 8;
  triples.triple_pairs = 4;
  EXPECT_EQ(stored_bytes(triples, OtExtension::ferret), 8U * 3 + 4 * 5);
  Demand made_of = triple_demand(8, 4);
  EXPECT_EQ(stored_bytes(triples, OtExtension::iknp),
            8U * 3 + 4 * 5 + stored_bytes(made_of, OtExtension::iknp));
}

TEST(PlanCost, FerretsTablesTakeUpToHalfTheRoom) {
  EXPECT_EQ(room_for_stock(1000, OtExtension::softspoken4), 1000U);
  EXPECT_EQ(room_for_stock(0, OtExtension::ferret), 0U);
  EXPECT_EQ(room_for_stock(1001, OtExtension::ferret), 501U);
  // Three tables of 132 trees of 2^13 blocks.
  EXPECT_EQ(room_for_stock(std::size_t{1} << 30, OtExtension::ferret),
            (std::size_t{1} << 30) - std::size_t{3} * 132 * 8192 * 16);
}

TEST(PlanCost, PartsOfThePreparationAddUp) {
  const Plan plan = make_plan(make_zoo_model("minionn", {4, 4, 8, 8}, 1).graph, {});
  const PlanCost cost = cost_of(plan);
  double parts = 0;
  std::uint64_t online = 0;
  for (const StepCost& step : cost.steps) {
    parts += step.preparation_bytes;
    online += step.online.bytes();
  }
  EXPECT_EQ(online, cost.online.bytes());
  // Whole groups of 128 OTs make the sum a little more than its parts.
  EXPECT_NEAR(parts / static_cast<double>(cost.preparation.bytes()), 1.0, 1e-3);
}

}  // namespace
}  // namespace privquant
