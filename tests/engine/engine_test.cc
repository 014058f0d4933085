// Whole networks: the secure result equals the plaintext result after every layer, and the meter the plan's
// cost.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "engine/local_pair.h"
#include "nn/bounds.h"
#include "nn/executor.h"
#include "nn/zoo.h"
#include "plan/passes.h"
#include "plan/plan_cost.h"

namespace privquant {
namespace {

IntegerTensor random_input(const Graph& graph, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const Node& node = graph.input();
  std::uniform_int_distribution<std::int64_t> draw(node.type.min(), node.type.max());
  IntegerTensor input{node.type, node.shape, std::vector<std::int64_t>(node.shape.elements())};
  for (auto& value : input.values) value = draw(random);
  return input;
}

void expect_equal(const Model& model, const LocalPair::Verification& verification) {
  if (const auto& difference = verification.first_difference) {
    FAIL() << "layer '" << model.graph.nodes[difference->node].name << "' element " << difference->element
           << ": secure " << difference->secure << ", plaintext " << difference->plaintext;
  }
  EXPECT_GT(verification.nodes_compared, 0U);
}

void expect_cost(Meter& meter, const Plan& plan, std::uint64_t inferences, EngineOptions options = {}) {
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
      cost_preparation(part, batch.demand, state);
      expected.client_bytes += part.bytes_from(Role::client);
      expected.server_bytes += part.bytes_from(Role::server);
      expected.rounds += part.rounds();
    }
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

struct Case {
  const char* network;
  int weights;
  int activations;
  const char* profile;
};

class EveryNetwork : public testing::TestWithParam<Case> {};

TEST_P(EveryNetwork, IsEvaluatedBitForBitAtTheStatedCost) {
  const auto [name, weights, activations, profile] = GetParam();
  ZooWidths widths;
  widths.weight_bits = weights;
  widths.activation_bits = activations;
  const Model model = make_zoo_model(name, widths, 3);
  const Plan plan = make_plan(model.graph, {profile, Reveal::logits, 0, {}});
  LocalPair pair(model, plan);
  const auto verification = pair.verify(random_input(model.graph, 1));
  expect_equal(model, verification);
  expect_cost(pair.meter(), plan, 1);
}

INSTANTIATE_TEST_SUITE_P(Zoo, EveryNetwork,
                         testing::Values(Case{"tiny", 8, 8, "privquant"}, Case{"tiny", 4, 4, "privquant"},
                                         Case{"tiny", 2, 4, "privquant"}, Case{"tiny", 8, 8, "sirnn"},
                                         Case{"tiny", 2, 4, "sirnn"}, Case{"minionn", 8, 8, "privquant"},
                                         Case{"minionn", 4, 4, "privquant"}, Case{"minionn", 4, 4, "sirnn"},
                                         Case{"resnet20", 8, 8, "privquant"},
                                         Case{"resnet20", 2, 4, "privquant"},
                                         Case{"resnet20", 4, 4, "sirnn"}),
                         [](const auto& test) {
                           return std::string(test.param.network) + "W" + std::to_string(test.param.weights) +
                                  "A" + std::to_string(test.param.activations) + test.param.profile;
                         });

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
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
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
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
  expect_preparation(expected);
  cost_preparation(expected, one, state);
  EXPECT_EQ(pair.prepare(2), 2U) << "one was left";
  expect_preparation(expected);
  cost_preparation(expected, one, state);
  for (std::uint64_t seed = 2; seed < 5; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
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
  const auto expected = run_plaintext(model, input).values;
  EXPECT_EQ(pair.infer(input).logits, expected);
  EXPECT_EQ(prepared().bytes(), all.bytes());
  EXPECT_EQ(pair.prepare(1), 1U);
  EXPECT_TRUE(pair.prepare_slice(3)) << "of the two that are missing";
  const std::uint64_t before = prepared().bytes();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(pair.infer(input).logits, expected);
  EXPECT_GT(prepared().bytes(), before) << "the second lacked something";
  EXPECT_EQ(pair.prepare(1), 1U);
}

TEST_P(EveryExtension, PreparesAsFarAheadAsMemoryGoes) {
  const Model model = make_zoo_model("tiny", {4, 4}, 1);
  const Plan plan = plan_of(model);
  const std::size_t one = stored_bytes(preparation_batches(plan, 0).front().demand, GetParam());
  const IntegerTensor input = random_input(model.graph, 1);
  for (const auto& [memory, most] :
       {std::pair(3 * one - 1, 2U), std::pair(one, 1U), std::pair(one - 1, 1U)}) {
    LocalPair pair(model, plan, {memory});
    EXPECT_EQ(pair.prepare(1000), most);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
}

INSTANTIATE_TEST_SUITE_P(Ot, EveryExtension, testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

class EveryPass : public testing::TestWithParam<std::string> {};

TEST_P(EveryPass, CanBeSwitchedOff) {
  const Model model = make_zoo_model("tiny", {}, 3);
  const Plan plan = make_plan(model.graph, {"privquant", Reveal::logits, 0, {GetParam()}});
  LocalPair pair(model, plan);
  expect_equal(model, pair.verify(random_input(model.graph, 2)));
  expect_cost(pair.meter(), plan, 1);
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const PassInfo& pass : passes()) names.push_back(pass.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Passes, EveryPass, testing::ValuesIn(pass_names()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Engine, ManyInferencesOnOneConnection) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {});
  LocalPair pair(model, plan);
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
  expect_cost(pair.meter(), plan, 3);
}

// Input → nodes under test, each value of the input type once, one pixel a value.
Model chain(TensorType input, const std::vector<std::pair<Operator, TensorType>>& operators) {
  Model model;
  Graph& graph = model.graph;
  graph.name = "chain";
  graph.preprocessing = {{0}, {1}};
  const Shape shape{1, 1, static_cast<int>(input.max() - input.min() + 1)};
  graph.nodes.push_back({"input", Input{}, {}, input, shape});
  for (const auto& [op, type] : operators) {
    const NodeId last = graph.nodes.size() - 1;
    graph.nodes.push_back({"node" + std::to_string(graph.nodes.size()), op, {last}, type, shape});
  }
  model.weights.resize(graph.nodes.size());
  return model;
}

IntegerTensor every_value(const Graph& graph) {
  IntegerTensor input{graph.input().type, graph.input().shape, {}};
  for (std::int64_t v = input.type.min(); v <= input.type.max(); ++v) input.values.push_back(v);
  return input;
}

TEST(Engine, RequantisesTensorsThatAreNoAccumulators) {
  const auto s = [](int bits, int exponent) { return TensorType{bits, true, exponent}; };
  const auto u = [](int bits, int exponent) { return TensorType{bits, false, exponent}; };
  const std::vector<Model> models{
      chain(s(8, 0), {{Requantise{}, s(4, 4)}}),
      chain(s(8, 0), {{Requantise{}, s(6, 2)}}),
      chain(s(8, 0), {{Requantise{}, u(4, 3)}}),
      chain(s(4, 0), {{Requantise{}, s(4, 6)}}),
      chain(u(8, 0), {{Requantise{}, u(4, 4)}}),
      chain(u(8, 0), {{Requantise{}, s(5, 4)}}),
      chain(u(8, 0), {{Requantise{}, s(9, 0)}, {Requantise{}, u(6, 1)}}),
      chain(s(8, 0), {{Requantise{}, s(6, 2)}, {Requantise{}, s(4, 4)}}),
      chain(s(8, 0), {{Clip{0, 127}, s(8, 0)}, {Requantise{}, s(6, 2)}}),
      chain(s(8, 0), {{Clip{-1'000'000'000, 6}, s(8, 0)}, {Requantise{}, s(4, 1)}}),
      chain(u(8, 0), {{Relu{}, s(9, 0)}, {Requantise{}, s(6, 3)}}),
      chain(s(8, 0), {{Clip{0, 6}, s(20, 0)}, {Requantise{}, s(7, 0)}}),
      chain(s(8, 0), {{Relu{}, u(7, 0)}, {Requantise{}, u(3, 4)}}),
  };
  for (const Model& model : models) {
    ASSERT_NO_THROW(validate(model));
    for (const char* profile : {"sirnn", "privquant"}) {
      const Plan plan = make_plan(model.graph, {profile, Reveal::logits, 0, {}});
      SCOPED_TRACE(to_text(plan));
      LocalPair pair(model, plan);
      expect_equal(model, pair.verify(every_value(model.graph)));
      expect_cost(pair.meter(), plan, 1);
    }
  }
}

// The shortcut of a residual block without a convolution: every other pixel, then channels of zeros.
Model shortcut_model(TensorType stream) {
  Model model;
  Graph& graph = model.graph;
  graph.name = "shortcut";
  graph.preprocessing = {{0, 0}, {1, 1}};
  graph.nodes.push_back({"input", Input{}, {}, {6, true, 0}, {2, 5, 4}});
  const auto add = [&](const Operator& op, std::vector<NodeId> inputs, TensorType type) {
    Node node{"node" + std::to_string(graph.nodes.size()), op, std::move(inputs), type, {}};
    node.shape = infer_shape(graph, node);
    node.type.exponent = infer_exponent(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  };
  model.weights.resize(1);
  const NodeId x = add(Requantise{}, {0}, stream);
  const NodeId chosen = add(MaxPool{{1, 1, 2, 2, 1, 1, 0, 0, 0, 0}}, {x}, stream);
  const NodeId padded = add(PadChannels{1, 2}, {chosen}, stream);
  const NodeId conv = add(Conv2d{{3, 3, 2, 2, 1, 1, 1, 1, 1, 1}, 5, 1, {3, true, -2}}, {x}, {64, true, 0});
  const NodeId sum = add(Add{}, {conv, padded}, {64, true, 0});
  add(Requantise{}, {sum}, {4, false, 1});
  model.weights.resize(graph.nodes.size());
  LayerWeights layer{{}, {1, -2, 3, -4, 5}};
  for (int i = 0; i < 5 * 2 * 9; ++i) layer.weights.push_back(static_cast<std::int16_t>(i % 7 - 3));
  model.weights[conv] = layer;
  set_accumulator_widths(model);
  return model;
}

TEST(Engine, ShortcutsWithoutConvolutionsCostNothing) {
  for (const TensorType stream : {TensorType{4, false, 1}, TensorType{5, true, 1}, TensorType{6, true, 0}}) {
    const Model model = shortcut_model(stream);
    for (const char* profile : {"sirnn", "privquant"}) {
      const Plan plan = make_plan(model.graph, {profile, Reveal::logits, 0, {}});
      SCOPED_TRACE(to_text(plan));
      LocalPair pair(model, plan);
      expect_equal(model, pair.verify(random_input(model.graph, 4)));
      expect_cost(pair.meter(), plan, 1);
      const PlanCost cost = cost_of(plan);
      bool chosen = false;
      bool padded = false;
      for (std::size_t i = 0; i < plan.steps.size(); ++i) {
        const bool is_choice = std::holds_alternative<step::MaxPool>(plan.steps[i].operation);
        const bool is_padding = std::holds_alternative<step::PadChannels>(plan.steps[i].operation);
        chosen = chosen || is_choice;
        padded = padded || is_padding;
        if (!is_choice && !is_padding) continue;
        EXPECT_EQ(cost.steps[i].online.server_bytes + cost.steps[i].online.client_bytes, 0U);
        EXPECT_EQ(cost.steps[i].preparation_bytes, 0);
      }
      EXPECT_TRUE(chosen && padded);
    }
  }
}

TEST(Engine, AChoiceOfPixelsComesBeforeTheRequantisation) {
  const TensorType in{8, true, 0};
  Model model = chain(in, {{Requantise{}, {4, true, 3}}});
  Node choice{"choice", MaxPool{{1, 1, 1, 4, 1, 1, 0, 0, 0, 0}}, {1}, {4, true, 3}, {}};
  choice.shape = infer_shape(model.graph, choice);
  model.graph.nodes.push_back(choice);
  model.weights.resize(model.graph.nodes.size());
  const Plan plan = make_plan(model.graph, {"privquant", Reveal::logits, 0, {}});
  LocalPair pair(model, plan);
  expect_equal(model, pair.verify(every_value(model.graph)));
  for (const Step& step : plan.steps) {
    if (std::holds_alternative<step::ShareInput>(step.operation)) continue;
    EXPECT_EQ(plan.values[step.output ? *step.output : step.inputs[0]].size, choice.shape.elements());
  }
}

TEST(Engine, TopKOfUnsignedScores) {
  const Model model = chain({4, false, 0}, {{Requantise{}, {4, false, 0}}});
  const Plan plan = make_plan(model.graph, {"privquant", Reveal::top_k, 3, {}});
  LocalPair pair(model, plan);
  IntegerTensor input = every_value(model.graph);
  EXPECT_EQ(pair.infer(input).classes, (std::vector<std::size_t>{15, 14, 13}));
  std::fill(input.values.begin(), input.values.end(), 15);
  EXPECT_EQ(pair.infer(input).classes, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Engine, AStepWithoutCorrelationsOpensNoBatch) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {});
  const EngineOptions least{1};
  LocalPair pair(model, plan, least);
  const IntegerTensor input = random_input(model.graph, 5);
  EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  expect_cost(pair.meter(), plan, 1, least);
}

TEST(Engine, RevealsOnlyTheClass) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {"privquant", Reveal::best_class, 0, {}});
  LocalPair pair(model, plan);
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    const Prediction prediction = pair.infer(input);
    EXPECT_TRUE(prediction.logits.empty());
    EXPECT_EQ(prediction.classes, std::vector{argmax(run_plaintext(model, input))});
  }
  expect_cost(pair.meter(), plan, 4);
}

TEST(Engine, RevealsTheTopClassesInOrder) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {"privquant", Reveal::top_k, 3, {}});
  LocalPair pair(model, plan);
  const IntegerTensor input = random_input(model.graph, 9);
  const auto logits = run_plaintext(model, input).values;
  std::vector<std::size_t> order(logits.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return logits[a] > logits[b]; });
  order.resize(3);
  const Prediction prediction = pair.infer(input);
  EXPECT_TRUE(prediction.logits.empty());
  EXPECT_EQ(prediction.classes, order);
  expect_cost(pair.meter(), plan, 1);
}

TEST(Engine, PreparesInPartsUnderAMemoryBudget) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {});
  const EngineOptions tight{200'000};
  ASSERT_GT(preparation_batches(plan, tight.preparation_memory).size(), 2U);
  LocalPair pair(model, plan, tight);
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    const IntegerTensor input = random_input(model.graph, seed);
    EXPECT_EQ(pair.infer(input).logits, run_plaintext(model, input).values);
  }
  expect_cost(pair.meter(), plan, 2, tight);
}

TEST(Engine, RefusesAnInputThatDoesNotFit) {
  const Model model = make_zoo_model("tiny", {}, 1);
  const Plan plan = make_plan(model.graph, {});
  LocalPair pair(model, plan);
  IntegerTensor input = random_input(model.graph, 1);
  input.values[0] = input.type.max() + 1;
  try {
    pair.infer(input);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage) << error.what();
  }
}

}  // namespace
}  // namespace privquant
