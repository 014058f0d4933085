// Whole networks: the secure result equals the plaintext result after every layer, and the meter the plan's
// cost.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/whole_networks.h"
#include "nn/bounds.h"
#include "nn/zoo.h"
#include "plan/passes.h"

namespace privquant {
namespace {

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
  for (std::uint64_t seed = 0; seed < 3; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
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
  expect_inference(pair, model, input);
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
  for (std::uint64_t seed = 0; seed < 2; ++seed)
    expect_inference(pair, model, random_input(model.graph, seed));
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
