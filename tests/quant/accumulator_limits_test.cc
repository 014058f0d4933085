#include "quant/accumulator_limits.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nn/bounds.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/post_training.h"
#include "search/network_price.h"
#include "small_real_model.h"

namespace privquant {
namespace {

const TensorType five_bits{5, true, -3};

AccumulatorLimit same_for_all(std::size_t channels, double high, double low, double input_high,
                              double input_low) {
  return {std::vector<double>(channels, high), std::vector<double>(channels, low), input_high, input_low};
}

torch::Tensor integers(const torch::Tensor& weights, const TensorType& type) {
  return fake_quantise_weights(weights, type) * std::ldexp(1.0F, -type.exponent);
}

TEST(AccumulatorLimits, WeightsThatFitStay) {
  torch::manual_seed(1);
  const torch::Tensor weights = torch::randn({4, 3, 3, 3});
  const AccumulatorLimit limit = same_for_all(4, 1e6, -1e6, 15, 0);
  EXPECT_TRUE(limit_weights(weights, five_bits, torch::zeros({4}), limit).equal(weights));
}

TEST(AccumulatorLimits, SumsKeepTheLimitAndAreNoSmallerThanNeeded) {
  torch::manual_seed(2);
  const torch::Tensor weights = torch::randn({8, 16, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor bias = torch::tensor({0, 40, -40, 200, -200, 5, -5, 100});
  const AccumulatorLimit limit = same_for_all(8, 3000, -2500, 15, 0);
  const torch::Tensor moved = integers(limit_weights(weights, five_bits, bias, limit), five_bits);
  const torch::Tensor before = integers(weights, five_bits);
  for (int channel = 0; channel < 8; ++channel) {
    const auto sum = [&](const torch::Tensor& all, int sign) {
      return (all[channel] * sign).clamp_min(0).sum().item<double>() * 15;
    };
    const double own = bias[channel].item<double>();
    EXPECT_LE(sum(moved, 1) + own, 3000);
    EXPECT_LE(sum(moved, -1) - own, 2500);
    // Many weights round down at once; what is left free is little.
    if (sum(before, 1) + own > 3000) {
      EXPECT_GT(sum(moved, 1) + own, 2400);
    }
    if (sum(before, -1) - own > 2500) {
      EXPECT_GT(sum(moved, -1) - own, 1900);
    }
  }
}

TEST(AccumulatorLimits, WithSignedInputsBothSignsCount) {
  torch::manual_seed(3);
  const torch::Tensor weights = torch::randn({2, 50});
  const AccumulatorLimit limit = same_for_all(2, 1000, -1000, 7, -8);
  const torch::Tensor moved =
      integers(limit_weights(weights, five_bits, torch::zeros({2}), limit), five_bits);
  for (int channel = 0; channel < 2; ++channel) {
    const double positive = moved[channel].clamp_min(0).sum().item<double>();
    const double negative = (-moved[channel]).clamp_min(0).sum().item<double>();
    EXPECT_LE(positive * 7 + negative * 8, 1000);
    EXPECT_LE(negative * 7 + positive * 8, 1000);
    EXPECT_GT(positive + negative, 90);
  }
}

TEST(AccumulatorLimits, GradientsPass) {
  torch::Tensor weights = torch::full({1, 4}, 1.0F).requires_grad_();
  const AccumulatorLimit limit = same_for_all(1, 10, -10, 1, 0);
  (limit_weights(weights, five_bits, torch::zeros({1}), limit) * torch::arange(4)).sum().backward();
  EXPECT_TRUE(weights.grad().equal(torch::arange(4, torch::kFloat32).view({1, 4})));
}

TEST(AccumulatorLimits, OfAGraphAreWhatItsTypesHold) {
  const RealModel model = small_real_model();
  const PostTraining rounded(model, bars(200).values, {});
  Model integers = rounded.model_at(NetworkWidths(4, {5, 4}));
  const auto limits = accumulator_limits(integers.graph, real_reach(integers));
  const auto reach = reachable(integers);
  for (NodeId id = 0; id < limits.size(); ++id) {
    ASSERT_EQ(limits[id].has_value(), integers.weights[id].has_value());
    if (!limits[id]) continue;
    for (std::size_t c = 0; c < reach[id].size(); ++c) {
      EXPECT_LE(static_cast<double>(reach[id][c].high), limits[id]->high[c]) << integers.graph.nodes[id].name;
      EXPECT_GE(static_cast<double>(reach[id][c].low), limits[id]->low[c]) << integers.graph.nodes[id].name;
    }
  }
}

/// A residual block whose shortcut is a convolution, too.
RealModel model_with_two_layers_in_a_sum() {
  RealModel model = small_real_model();
  Graph& graph = model.graph;
  const NodeId thin = 6;  // "subsample"; what follows it becomes a 1×1 convolution of its result
  EXPECT_EQ(graph.nodes[thin + 1].name, "more_channels");
  graph.nodes[thin + 1].op = Conv2d{{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 8, 1, {}};
  torch::manual_seed(4);
  const torch::Tensor weights = torch::randn({8 * 4}) * 0.4;
  model.weights[thin + 1] =
      RealWeights{{weights.data_ptr<float>(), weights.data_ptr<float>() + 32}, std::vector<float>(8, 0.25F)};
  return model;
}

TEST(AccumulatorLimits, TwoLayersShareTheirSum) {
  const RealModel model = model_with_two_layers_in_a_sum();
  const PostTraining rounded(model, bars(200).values, {});
  const NetworkWidths widths(5, {5, 4});
  const Model integers = rounded.model_at(widths);
  const auto limits = accumulator_limits(integers.graph, real_reach(integers));
  const auto reach = reachable(integers);
  const QuantisableGraph quantisable = rounded.graph_at(widths);
  TrainableNetwork network(integers.graph, weights_of(rounded.corrected_weights(widths), quantisable));
  network.quantise();
  network.keep_accumulators(real_reach(integers));
  // Nothing was trained yet, so nothing is moved.
  const Model exported = network.export_model();
  int sums_of_two = 0;
  for (NodeId id = 0; id < limits.size(); ++id) {
    if (integers.weights[id]) {
      EXPECT_EQ(exported.weights[id]->weights, integers.weights[id]->weights);
      EXPECT_EQ(exported.weights[id]->bias, integers.weights[id]->bias);
    }
    const Node& node = integers.graph.nodes[id];
    if (!std::holds_alternative<Add>(node.op)) continue;
    const NodeId a = node.inputs[0];
    const NodeId b = node.inputs[1];
    ASSERT_TRUE(limits[a] && limits[b]);
    ++sums_of_two;
    const auto in_sum = [&](double value, NodeId operand) {
      return std::ldexp(value, integers.graph.nodes[operand].type.exponent - node.type.exponent);
    };
    for (std::size_t c = 0; c < reach[id].size(); ++c) {
      EXPECT_LE(in_sum(limits[a]->high[c], a) + in_sum(limits[b]->high[c], b),
                static_cast<double>(node.type.max()));
      EXPECT_GE(in_sum(limits[a]->low[c], a) + in_sum(limits[b]->low[c], b),
                static_cast<double>(node.type.min()));
    }
  }
  EXPECT_EQ(sums_of_two, 1);
}

TEST(AccumulatorLimits, ACutLayerIsNarrowerAndCheaper) {
  const RealModel model = small_real_model();
  const PostTraining rounded(model, bars(200).values, {});
  const NetworkWidths whole(4, {5, 4, 0});
  NetworkWidths cut = whole;
  cut[1].accumulator_cut = cut[2].accumulator_cut = 1;
  const Model before = rounded.model_at(whole);
  const Model priced = rounded.priced_at(cut);
  const Model after = rounded.model_at(cut);
  EXPECT_NO_THROW(validate(after));
  const std::vector<NodeId> layers = weighted_nodes(before.graph);
  for (const std::size_t layer : {1, 2}) {
    const NodeId id = layers[layer];
    EXPECT_EQ(priced.graph.nodes[id].type.bits, before.graph.nodes[id].type.bits - 1);
    EXPECT_LE(after.graph.nodes[id].type.bits, priced.graph.nodes[id].type.bits);
    EXPECT_NE(after.weights[id]->weights, before.weights[id]->weights);
  }
  EXPECT_EQ(after.weights[layers[0]]->weights, before.weights[layers[0]]->weights);
  EXPECT_LE(price_of(after.graph, {}), price_of(priced.graph, {}));
  EXPECT_LT(price_of(priced.graph, {}), price_of(before.graph, {}));
}

TEST(AccumulatorLimits, ACutLeavesLayersOfOtherSumsAsTheyAre) {
  const RealModel model = small_real_model();
  const PostTraining rounded(model, bars(200).values, {});
  const NetworkWidths whole(4, {5, 4, 0});
  const Model before = rounded.model_at(whole);
  const std::vector<NodeId> layers = weighted_nodes(before.graph);
  for (std::size_t cut_layer = 0; cut_layer < whole.size(); ++cut_layer) {
    NetworkWidths cut = whole;
    cut[cut_layer].accumulator_cut = 1;
    const Model after = rounded.model_at(cut);
    for (std::size_t layer = 0; layer < whole.size(); ++layer) {
      const bool same = after.weights[layers[layer]]->weights == before.weights[layers[layer]]->weights;
      EXPECT_EQ(same, layer != cut_layer) << cut_layer << " cut, " << layer;
    }
  }
}

TEST(AccumulatorLimits, ABiasBeyondThemIsClamped) {
  torch::Tensor bias = torch::tensor({5.0F, -7.0F, 0.5F}).requires_grad_();
  const torch::Tensor limited = limit_bias(bias, -2, same_for_all(3, 12, -16, 1, 0));
  EXPECT_TRUE(limited.equal(torch::tensor({3.0F, -4.0F, 0.5F})));
  limited.sum().backward();
  EXPECT_TRUE(bias.grad().equal(torch::ones({3})));
}

TEST(AccumulatorLimits, TrainingKeepsThem) {
  at::set_num_threads(1);
  const RealModel real = small_real_model();
  const TrainingSet set = bars(200);
  const PostTraining rounded(real, set.values, {});
  const NetworkWidths widths(4, {4, 4});
  const QuantisableGraph quantisable = rounded.graph_at(widths);
  const Model paid_for = rounded.model_at(widths);
  Graph narrowed = paid_for.graph;
  for (Node& node : narrowed.nodes) {
    if (std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Add>(node.op)) node.type.bits -= 1;
  }
  TrainableNetwork network(narrowed, weights_of(real.weights, quantisable));
  network.quantise();
  network.keep_accumulators(real_reach(paid_for));
  train(network, set, {2, 1e-2, 0, 0, 1});
  const Model trained = network.export_model();
  for (NodeId id = 0; id < narrowed.nodes.size(); ++id) {
    if (weight_type(narrowed.nodes[id])) {
      EXPECT_LE(trained.graph.nodes[id].type.bits, narrowed.nodes[id].type.bits) << narrowed.nodes[id].name;
    }
  }
  EXPECT_GT(accuracy(network, set), 0.9);
}

}  // namespace
}  // namespace privquant
