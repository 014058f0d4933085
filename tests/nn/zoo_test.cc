#include "nn/zoo.h"

#include <gtest/gtest.h>

#include "nn/executor.h"
#include "nn/model_file.h"
#include "nn/test_model.h"
#include "nn/zoo_reference.h"

namespace privquant {
namespace {

std::uint64_t total(const Graph& graph, std::uint64_t (*count)(const Graph&, NodeId)) {
  std::uint64_t sum = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) sum += count(graph, id);
  return sum;
}

std::vector<std::uint8_t> gradient_picture(const Shape& shape) {
  std::vector<std::uint8_t> bytes;
  for (int c = 0; c < shape.channels; ++c) {
    for (int y = 0; y < shape.height; ++y) {
      for (int x = 0; x < shape.width; ++x) {
        const int value = c == 0   ? y * 255 / shape.height
                          : c == 1 ? x * 255 / shape.width
                                   : (x + y) * 127 / shape.width;
        bytes.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return bytes;
}

/// Every Requantise result of a picture that the builder has not seen uses its range: neither all zeros nor
/// all at the clip.
void expect_lively(const Model& model) {
  const Shape& shape = model.graph.input().shape;
  const IntegerTensor input =
      quantise_picture(model.graph, shape.channels, shape.height, shape.width, gradient_picture(shape));
  const auto observe = [&](NodeId id, const IntegerTensor& tensor) {
    const Node& node = model.graph.nodes[id];
    for (const std::int64_t value : tensor.values) {
      ASSERT_GE(value, tensor.type.min()) << node.name;
      ASSERT_LE(value, tensor.type.max()) << node.name;
    }
    if (!std::holds_alternative<Requantise>(node.op)) return;
    const auto at = [&](std::int64_t limit) {
      return static_cast<double>(std::count(tensor.values.begin(), tensor.values.end(), limit)) /
             static_cast<double>(tensor.values.size());
    };
    EXPECT_LT(at(0), 0.95) << node.name;
    EXPECT_LT(at(tensor.type.max()), 0.4) << node.name;
    EXPECT_LT(tensor.type.is_signed ? at(tensor.type.min()) : 0.0, 0.4) << node.name;
  };
  const IntegerTensor logits = run_plaintext(model, input, observe, 0);
  EXPECT_NE(*std::min_element(logits.values.begin(), logits.values.end()),
            *std::max_element(logits.values.begin(), logits.values.end()));
}

struct Figures {
  const char* name;
  Shape input;
  int classes;
  double least_macs, most_macs;              // millions
  double least_parameters, most_parameters;  // millions
};

// Known figures of the architectures; batch norm's parameters are folded into one bias a channel.
class Zoo : public ::testing::TestWithParam<Figures> {};

TEST_P(Zoo, HasTheKnownCosts) {
  const Figures& known = GetParam();
  const Model model = make_zoo_model(known.name, {}, 1);
  EXPECT_NO_THROW(validate(model));
  EXPECT_EQ(model.graph.name, known.name);
  EXPECT_EQ(model.graph.input().shape, known.input);
  EXPECT_EQ(model.graph.output().shape, (Shape{known.classes, 1, 1}));
  const double macs = static_cast<double>(total(model.graph, multiply_accumulates)) / 1e6;
  EXPECT_GE(macs, known.least_macs);
  EXPECT_LE(macs, known.most_macs);
  const double weights = static_cast<double>(total(model.graph, parameters)) / 1e6;
  EXPECT_GE(weights, known.least_parameters);
  EXPECT_LE(weights, known.most_parameters);
  expect_lively(model);
}

constexpr Shape cifar{3, 32, 32};
constexpr Shape tiny_imagenet{3, 64, 64};
constexpr Shape imagenet{3, 224, 224};

INSTANTIATE_TEST_SUITE_P(
    Networks, Zoo,
    ::testing::Values(Figures{"minionn", cifar, 10, 61, 62, 0.16, 0.17},
                      Figures{"resnet20", cifar, 10, 40.5, 41.5, 0.27, 0.28},
                      Figures{"resnet32", cifar, 100, 69, 69.5, 0.47, 0.48},
                      Figures{"mobilenetv2-tiny", tiny_imagenet, 200, 97, 100, 2.45, 2.49},
                      Figures{"resnet18-tiny", tiny_imagenet, 200, 2210, 2240, 11.2, 11.3},
                      Figures{"resnet18", imagenet, 1000, 1810, 1825, 11.68, 11.7},
                      Figures{"resnet50", imagenet, 1000, 4080, 4120, 25.5, 25.6},
                      Figures{"mobilenetv2", imagenet, 1000, 299, 302, 3.48, 3.51},
                      Figures{"squeezenet", imagenet, 1000, 700, 860, 1.24, 1.26},
                      Figures{"tiny", {3, 8, 8}, 4, 0.04, 0.06, 0.0005, 0.0015}),
    [](const auto& test) {
      std::string name = test.param.name;
      std::erase(name, '-');
      return name;
    });

TEST(ZooNames, AreAllTested) { EXPECT_EQ(zoo_names().size(), 10U); }

TEST(ZooWidths, LowWidthsStayLively) {
  for (const char* name : {"minionn", "resnet20", "resnet32", "tiny"}) {
    for (const int weight_bits : {4, 2}) {
      SCOPED_TRACE(std::string(name) + " W" + std::to_string(weight_bits) + "A4");
      const Model model = make_zoo_model(name, {.weight_bits = weight_bits, .activation_bits = 4}, 5);
      EXPECT_NO_THROW(validate(model));
      expect_lively(model);
      int inner = 0;
      for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
        const auto* conv = std::get_if<Conv2d>(&model.graph.nodes[id].op);
        if (conv == nullptr || id == 1) continue;
        EXPECT_EQ(conv->weight_type.bits, weight_bits);
        EXPECT_EQ(model.graph.nodes[model.graph.nodes[id].inputs[0]].type.bits, 4);
        ++inner;
      }
      EXPECT_GT(inner, 0);
      EXPECT_EQ(std::get<Conv2d>(model.graph.nodes[1].op).weight_type.bits, 8);
      EXPECT_EQ(std::get<Linear>(model.graph.output().op).weight_type.bits, 8);
    }
  }
}

/// Of the convolutions, in order.
std::vector<int> weight_widths(const Graph& graph) {
  std::vector<int> widths;
  for (const Node& node : graph.nodes) {
    if (const auto* conv = std::get_if<Conv2d>(&node.op)) widths.push_back(conv->weight_type.bits);
  }
  return widths;
}

TEST(ZooWidths, AreTakenInOrder) {
  const std::vector<int> distinct{2, 3, 4, 5, 6, 7};
  const Graph graph = make_zoo_model("minionn", {.inner_weight_bits = distinct}, 1).graph;
  EXPECT_EQ(weight_widths(graph), (std::vector<int>{8, 2, 3, 4, 5, 6, 7}));
}

TEST(ZooWidths, ShortcutHasItsBlocksFirstWidth) {
  const ZooWidths widths = zoo_budget("resnet32", "0.37");
  const Graph graph = make_zoo_model("resnet32", widths, 1).graph;
  std::vector<int> inner;
  for (NodeId id = 2; id < graph.nodes.size(); ++id) {
    const auto* conv = std::get_if<Conv2d>(&graph.nodes[id].op);
    if (conv == nullptr) continue;
    EXPECT_EQ(graph.nodes[graph.nodes[id].inputs[0]].type.bits, 6);
    if (conv->window.kernel_height == 3) {
      inner.push_back(conv->weight_type.bits);
    } else {
      EXPECT_EQ(conv->weight_type.bits, inner.back());
    }
  }
  EXPECT_EQ(inner, widths.inner_weight_bits);
}

TEST(ZooWidths, EveryNetworkTakesAListOfItsOwnLength) {
  struct Network {
    const char* name;
    std::size_t inner_convolutions;
  };
  for (const Network& network : std::vector<Network>{
           {"tiny", 2}, {"minionn", 6}, {"resnet20", 18}, {"mobilenetv2-tiny", 34}, {"squeezenet", 24}}) {
    SCOPED_TRACE(network.name);
    std::vector<int> widths(network.inner_convolutions, 4);
    widths.back() = 5;
    const std::vector<int> made =
        weight_widths(make_zoo_model(network.name, {.inner_weight_bits = widths}, 1).graph);
    EXPECT_EQ(std::count(made.begin(), made.end(), 5), 1);
    widths.push_back(4);
    expect_error(ErrorCode::usage, {std::to_string(network.inner_convolutions), network.name},
                 [&] { make_zoo_model(network.name, {.inner_weight_bits = widths}, 1); });
  }
}

TEST(ZooWidths, DepthwiseWeightsKeepTheEdgesWidth) {
  const Graph graph = make_zoo_model("mobilenetv2-tiny", {.weight_bits = 4, .activation_bits = 4}, 1).graph;
  int depthwise = 0;
  for (NodeId id = 2; id < graph.nodes.size(); ++id) {
    const auto* conv = std::get_if<Conv2d>(&graph.nodes[id].op);
    if (conv == nullptr) continue;
    EXPECT_EQ(conv->weight_type.bits, conv->groups == 1 ? 4 : 8);
    depthwise += conv->groups == 1 ? 0 : 1;
  }
  EXPECT_EQ(depthwise, 17);
}

TEST(ZooBudgets, AreThoseThatWereFound) {
  EXPECT_EQ(zoo_budget("minionn", "0.4").inner_weight_bits, (std::vector<int>{2, 4, 4, 8, 8, 8}));
  EXPECT_EQ(zoo_budget("minionn", "0.29").activation_bits, 4);
  EXPECT_EQ(zoo_budget("resnet32", "0.30").inner_weight_bits.size(), 30U);
  expect_error(ErrorCode::usage, {"resnet20", "resnet32 (0.30, 0.37"},
               [] { zoo_budget("resnet20", "0.37"); });
  for (const char* bad : {"", "0.38", "0.37x", "nan", "-0.37"}) {
    expect_error(ErrorCode::usage, {"minionn (0.29, 0.40, 0.50)"}, [&] { zoo_budget("resnet32", bad); });
  }
}

TEST(ZooReferences, AreReadInAllForms) {
  EXPECT_EQ(parse_zoo_reference("resnet20").name, "resnet20");
  EXPECT_EQ(parse_zoo_reference("resnet20").widths.weight_bits, 8);
  const ZooWidths uniform = parse_zoo_reference("tiny:w4a3r6e7").widths;
  EXPECT_EQ(uniform.weight_bits, 4);
  EXPECT_EQ(uniform.activation_bits, 3);
  EXPECT_EQ(uniform.residual_bits, 6);
  EXPECT_EQ(uniform.edge_bits, 7);
  EXPECT_TRUE(uniform.inner_weight_bits.empty());
  const ZooWidths mixed = parse_zoo_reference("tiny:w3.12a6").widths;
  EXPECT_EQ(mixed.inner_weight_bits, (std::vector<int>{3, 12}));
  EXPECT_EQ(mixed.activation_bits, 6);
  EXPECT_EQ(mixed.residual_bits, 8);
  EXPECT_EQ(parse_zoo_reference("minionn:b0.29").widths.inner_weight_bits,
            (std::vector<int>{2, 2, 2, 4, 8, 4}));
}

TEST(ZooReferences, OthersAreRefused) {
  for (const char* widths : {"", "x9", "w", "4", "w4a", "w4a4z", "w4.", "w4..2", "w.4", "w4a4e8r8", "a4",
                             "w4 a4", "w99999999999", "w4,2", "b", "bx"}) {
    SCOPED_TRACE(widths);
    expect_error(ErrorCode::usage, {"resnet20"},
                 [&] { parse_zoo_reference(std::string("resnet20:") + widths); });
  }
}

/// What the accumulator's bound asks for: the greatest one-sided norm of a channel for each weight of its
/// fan-in, averaged over a stage of ResNet-32.
double greatest_norm(const Model& model, int channels) {
  double sum = 0;
  int layers = 0;
  for (NodeId id = 2; id < model.graph.nodes.size(); ++id) {
    const auto* conv = std::get_if<Conv2d>(&model.graph.nodes[id].op);
    if (conv == nullptr || conv->out_channels != channels || conv->window.kernel_height != 3) continue;
    const std::vector<std::int16_t>& weights = model.weights[id]->weights;
    const std::size_t fan_in = weights.size() / static_cast<std::size_t>(channels);
    std::int64_t greatest = 0;
    for (std::size_t row = 0; row < weights.size(); row += fan_in) {
      std::int64_t positive = 0;
      std::int64_t negative = 0;
      for (std::size_t i = row; i < row + fan_in; ++i) (weights[i] > 0 ? positive : negative) += weights[i];
      greatest = std::max({greatest, positive, -negative});
    }
    sum += static_cast<double>(greatest) / static_cast<double>(fan_in);
    ++layers;
  }
  return sum / layers;
}

TEST(ZooWeights, HaveTrainedNetworksNorms) {
  struct Trained {
    int bits;
    double norms[3];  // of the stages of a trained ResNet-32: docs/quantization.md
  };
  for (const Trained& trained : {Trained{2, {0.52, 0.51, 0.53}}, Trained{3, {0.70, 0.88, 0.87}},
                                 Trained{4, {1.35, 1.48, 1.25}}, Trained{8, {11.6, 12.2, 12.0}}}) {
    const Model model = make_zoo_model("resnet32", {.weight_bits = trained.bits}, 1);
    for (int stage = 0; stage < 3; ++stage) {
      const double ratio = greatest_norm(model, 16 << stage) / trained.norms[stage];
      EXPECT_GT(ratio, 0.8) << trained.bits << " bits, stage " << stage;
      EXPECT_LT(ratio, 1.3) << trained.bits << " bits, stage " << stage;
    }
  }
}

TEST(ZooSeed, DecidesEverything) {
  const std::string first = serialise_model(make_zoo_model("tiny", {}, 1));
  EXPECT_EQ(serialise_model(make_zoo_model("tiny", {}, 1)), first);
  EXPECT_NE(serialise_model(make_zoo_model("tiny", {}, 2)), first);
}

TEST(ZooErrors, SayWhatThereIs) {
  expect_error(ErrorCode::usage, {"lenet", "resnet20"}, [] { make_zoo_model("lenet", {}, 1); });
  expect_error(ErrorCode::usage, {"1 bits"}, [] { make_zoo_model("tiny", {1, 4, 8, 8}, 1); });
  expect_error(ErrorCode::usage, {"17 bits"}, [] { make_zoo_model("tiny", {8, 17, 8, 8}, 1); });
  expect_error(ErrorCode::usage, {"0 bits"}, [] {
    make_zoo_model("tiny", {.inner_weight_bits = {4, 0}}, 1);
  });
  expect_error(ErrorCode::usage, {"17 bits"}, [] {
    make_zoo_model("tiny", {.inner_weight_bits = {17, 4}}, 1);
  });
}

}  // namespace
}  // namespace privquant
