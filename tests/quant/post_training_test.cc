#include "quant/post_training.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/sensitivity.h"
#include "search/network_price.h"
#include "small_real_model.h"

namespace privquant {
namespace {

class PostTrainingTest : public testing::Test {
 protected:
  PostTrainingTest() {
    at::set_num_threads(1);
    model_ = small_real_model();
    set_ = bars(200);
  }

  NetworkWidths widths(int weights, int inputs) const { return NetworkWidths(4, {weights, inputs}); }

  RealModel model_;
  TrainingSet set_;
};

TEST_F(PostTrainingTest, TheGraphNarrowsWhereWidthsSay) {
  NetworkWidths narrow = widths(4, 3);
  narrow.back().input_bits = 8;
  const QuantisableGraph quantisable = quantisable_graph(model_.graph, narrow, 8, {8, false, -8});
  std::vector<std::string> types;
  for (const Node& node : quantisable.graph.nodes) {
    if (std::holds_alternative<Requantise>(node.op))
      types.push_back(node.name + " " + to_string(TensorType{node.type.bits, node.type.is_signed, 0}));
  }
  // relu1 is what the residual stream begins with, so it is wide, and narrowed for conv2 alone.
  const std::vector<std::string> expected{"relu1 u8·2^0", "relu1_to3 u3·2^0", "relu2 u3·2^0", "relu3 u8·2^0",
                                          "mean_to8 u8·2^0"};
  EXPECT_EQ(types, expected);
}

TEST_F(PostTrainingTest, EightBitsKeepTheFunctionNearlyAndFewerLessSo) {
  const PostTraining rounded(model_, set_.values, {});
  TrainableNetwork real(model_.graph, model_.weights);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor exact = real.forward(set_.values);
  double last = 0;
  for (const int bits : {8, 4, 2}) {
    const QuantisableGraph graph = rounded.graph_at(widths(bits, bits));
    TrainableNetwork network(graph.graph, weights_of(rounded.model().weights, graph));
    network.quantise();
    const double error = (network.forward(set_.values) - exact).abs().mean().item<double>();
    EXPECT_GT(error, last) << bits;
    last = error;
    if (bits == 8) {
      EXPECT_LT(error, 0.05 * exact.abs().mean().item<double>());
    }
  }
}

TEST_F(PostTrainingTest, ModelsOfAllWidthsAreValid) {
  const PostTraining rounded(model_, set_.values, {});
  for (int weights = 2; weights <= 8; ++weights) {
    for (int inputs = 2; inputs <= 8; ++inputs)
      EXPECT_NO_THROW(validate(rounded.model_at(widths(weights, inputs)))) << weights << " " << inputs;
  }
}

TEST_F(PostTrainingTest, ExponentsAreThoseOfAllPicturesTogether) {
  // More than go through the network at once, the last ones brighter.
  set_.values.narrow(0, 150, 50).mul_(20);
  const PostTraining rounded(model_, set_.values, {});
  TrainableNetwork real(model_.graph, model_.weights);
  const torch::NoGradGuard no_gradient;
  real.forward(set_.values, [&](NodeId id, const torch::Tensor& result) {
    for (int bits = 2; bits <= 8; ++bits) {
      EXPECT_EQ(rounded.activation_exponent(id, bits, true), choose_exponent(result, bits, true));
      EXPECT_EQ(rounded.activation_exponent(id, bits, false),
                choose_exponent(result.clamp_min(0), bits, false));
    }
  });
}

TEST_F(PostTrainingTest, TheModelIsWhatAnUntrainedNetworkExports) {
  const PostTraining rounded(model_, set_.values, {});
  const QuantisableGraph graph = rounded.graph_at(widths(5, 6));
  TrainableNetwork network(graph.graph, weights_of(rounded.corrected_weights(widths(5, 6)), graph));
  network.quantise();
  const Model exported = network.export_model();
  const Model direct = rounded.model_at(widths(5, 6));
  EXPECT_EQ(direct.graph, exported.graph);
  for (NodeId id = 0; id < direct.weights.size(); ++id) {
    ASSERT_EQ(direct.weights[id].has_value(), exported.weights[id].has_value());
    if (!direct.weights[id]) continue;
    EXPECT_EQ(direct.weights[id]->weights, exported.weights[id]->weights);
    EXPECT_EQ(direct.weights[id]->bias, exported.weights[id]->bias);
  }
}

TEST_F(PostTrainingTest, CorrectedBiasesKeepEachChannelsMean) {
  const PostTraining rounded(model_, set_.values, {});
  const NetworkWidths narrow = widths(3, 8);
  const AllRealWeights corrected = rounded.corrected_weights(narrow);
  const QuantisableGraph graph = rounded.graph_at(narrow);
  const torch::NoGradGuard no_gradient;
  TrainableNetwork real(model_.graph, model_.weights);
  std::vector<torch::Tensor> exact;
  real.forward(set_.values, [&](NodeId, const torch::Tensor& result) { exact.push_back(result.clone()); });
  for (const NodeId layer : rounded.layers()) {
    const auto at = static_cast<NodeId>(std::find(graph.source.begin(), graph.source.end(), layer) -
                                        graph.source.begin());
    // The layer alone has rounded weights.
    AllRealWeights weights = model_.weights;
    const torch::Tensor values = torch::tensor(weights[layer]->weights);
    const torch::Tensor integers = fake_quantise(values, *weight_type(graph.graph.nodes[at]));
    weights[layer] = RealWeights{{integers.data_ptr<float>(), integers.data_ptr<float>() + integers.numel()},
                                 corrected[layer]->bias};
    EXPECT_NE(weights[layer]->bias, model_.weights[layer]->bias);
    TrainableNetwork network(model_.graph, weights);
    network.forward(set_.values, [&](NodeId id, const torch::Tensor& result) {
      if (id != layer) return;
      const auto mean = [&](const torch::Tensor& of) {
        return of.view({of.size(0), of.size(1), -1}).mean(torch::IntArrayRef({0, 2}));
      };
      EXPECT_TRUE(torch::allclose(mean(result), mean(exact[id]), 1e-3, 1e-4)) << id;
    });
  }
}

TEST_F(PostTrainingTest, ACutLayersBiasTakesBackWhatTheCutShifts) {
  WidthLimits limits;
  limits.most_accumulator_cut = 2;
  const PostTraining rounded(model_, set_.values, limits);
  NetworkWidths cut = widths(4, 8);
  cut[2].accumulator_cut = 1;
  const Model model = rounded.model_at(cut);
  const NodeId layer = rounded.layers()[2];
  const NodeId at = weighted_nodes(model.graph)[2];
  const LayerWeights& integers = *model.weights[at];
  const double unit = std::ldexp(1.0, weight_type(model.graph.nodes[at])->exponent);
  RealWeights moved;
  for (const std::int16_t weight : integers.weights)
    moved.weights.push_back(static_cast<float>(weight * unit));
  for (const std::int64_t bias : integers.bias)
    moved.bias.push_back(std::ldexp(static_cast<float>(bias), model.graph.nodes[at].type.exponent));
  const torch::NoGradGuard no_gradient;
  // Of each channel's mean over pictures and positions.
  const auto means = [&](const RealWeights& weights) {
    AllRealWeights all = model_.weights;
    all[layer] = weights;
    TrainableNetwork network(model_.graph, all);
    torch::Tensor result;
    network.forward(set_.values, [&](NodeId id, const torch::Tensor& of) {
      if (id == layer) result = of.view({of.size(0), of.size(1), -1}).mean(torch::IntArrayRef({0, 2}));
    });
    return result;
  };
  const torch::Tensor exact = means(*model_.weights[layer]);
  const double corrected = (means(moved) - exact).abs().mean().item<double>();
  moved.bias = rounded.corrected_weights(cut)[layer]->bias;  // for rounding alone
  const double uncorrected = (means(moved) - exact).abs().mean().item<double>();
  EXPECT_LT(corrected, 0.25 * uncorrected);
  validate(model);
  EXPECT_EQ(model.graph.nodes[at].type, rounded.priced_at(cut).graph.nodes[at].type);
}

TEST_F(PostTrainingTest, NodesWithoutAQuantisedFormAreNamedAllAtOnce) {
  model_.graph.nodes[2].op = Clip{-1, 1};
  model_.graph.nodes[4].op = Requantise{};
  try {
    quantisable_graph(model_.graph, widths(8, 8), 8, {8, false, -8});
    FAIL() << "it has a form";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    const std::string text = error.what();
    for (const char* part : {"2 problems", "relu1", "Clip", "relu2", "Requantise"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST_F(PostTrainingTest, ABiasBeyondTheAccumulatorIsRefusedByName) {
  for (const float bias : {1e30F, -1e30F, 1e18F}) {
    model_.weights[3]->bias[0] = bias;
    const PostTraining rounded(model_, set_.values, {});
    try {
      rounded.model_at(widths(8, 8));
      FAIL() << bias;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model);
      EXPECT_NE(std::string(error.what()).find("conv2"), std::string::npos) << error.what();
    }
  }
}

TEST_F(PostTrainingTest, ANarrowResidualStreamHasItsOwnExponents) {
  WidthLimits limits;
  limits.least_input_bits = 6;
  limits.residual_bits = 4;
  const PostTraining rounded(model_, set_.values, limits);
  for (const Node& node : rounded.graph_at(widths(8, 8)).graph.nodes) {
    if (node.name == "relu3") {
      EXPECT_LT(node.type.exponent, 0) << "whole numbers are too coarse for it";
    }
  }
}

TEST_F(PostTrainingTest, SensitivityRisesAsWidthsFall) {
  const PostTraining rounded(model_, set_.values, {});
  for (const Curvature curvature : {Curvature::fisher, Curvature::hutchinson}) {
    const Sensitivity sensitivity = measure_sensitivity(
        rounded, {set_.values.narrow(0, 0, 64), set_.labels.narrow(0, 0, 64)}, curvature, 1);
    ASSERT_EQ(sensitivity.weights.size(), 4U);
    for (std::size_t layer = 0; layer < 4; ++layer) {
      EXPECT_GT(sensitivity.weights[layer][2], sensitivity.weights[layer][6]);
      EXPECT_GT(sensitivity.weights[layer][6], 0);
      EXPECT_GE(sensitivity.inputs[layer][2], sensitivity.inputs[layer][6]);
    }
    EXPECT_EQ(sensitivity.inputs[0][2], 0) << "the picture is exact";
    EXPECT_GT(sensitivity.inputs[1][2], 0);
  }
}

TEST_F(PostTrainingTest, FisherPredictsWhichLayerHurtsMost) {
  const PostTraining rounded(model_, set_.values, {});
  const Sensitivity sensitivity = measure_sensitivity(rounded, set_, Curvature::fisher, 1);
  TrainableNetwork real(model_.graph, model_.weights);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor exact = torch::log_softmax(real.forward(set_.values), 1);
  std::size_t worst_predicted = 0;
  std::size_t worst = 0;
  double most = 0;
  for (std::size_t layer = 0; layer < 4; ++layer) {
    AllRealWeights weights = model_.weights;
    const NodeId node = rounded.layers()[layer];
    const TensorType type{4, true, rounded.weight_exponent(layer, 4)};
    for (float& weight : weights[node]->weights)
      weight = fake_quantise(torch::full({1}, weight), type).item<float>();
    TrainableNetwork changed(model_.graph, weights);
    const torch::Tensor outputs = torch::log_softmax(changed.forward(set_.values), 1);
    const double divergence = (exact.exp() * (exact - outputs)).sum().item<double>();
    if (divergence > most) {
      most = divergence;
      worst = layer;
    }
    if (sensitivity.weights[layer][4] > sensitivity.weights[worst_predicted][4]) worst_predicted = layer;
  }
  EXPECT_EQ(worst, worst_predicted);
}

}  // namespace
}  // namespace privquant
