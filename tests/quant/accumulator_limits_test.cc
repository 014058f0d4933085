#include "quant/accumulator_limits.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nn/bounds.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/post_training.h"
#include "search/network_price.h"
#include "small_real_model.h"

namespace privquant {
namespace {

const TensorType five_bits{5, true, -3};

torch::Tensor integers(const torch::Tensor& weights, const TensorType& type) {
  return fake_quantise_weights(weights, type) * std::ldexp(1.0F, -type.exponent);
}

TEST(AccumulatorLimits, WeightsThatFitStay) {
  torch::manual_seed(1);
  const torch::Tensor weights = torch::randn({4, 3, 3, 3});
  const AccumulatorLimit limit{1e6, -1e6, 15, 0};
  EXPECT_TRUE(limit_weights(weights, five_bits, torch::zeros({4}), limit).equal(weights));
}

TEST(AccumulatorLimits, SumsKeepTheLimitAndAreNoSmallerThanNeeded) {
  torch::manual_seed(2);
  const torch::Tensor weights = torch::randn({8, 16, 3, 3}).contiguous(torch::MemoryFormat::ChannelsLast);
  const torch::Tensor bias = torch::tensor({0, 40, -40, 200, -200, 5, -5, 100});
  const AccumulatorLimit limit{3000, -2500, 15, 0};
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
  const AccumulatorLimit limit{1000, -1000, 7, -8};
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
  const AccumulatorLimit limit{10, -10, 1, 0};
  (limit_weights(weights, five_bits, torch::zeros({1}), limit) * torch::arange(4)).sum().backward();
  EXPECT_TRUE(weights.grad().equal(torch::arange(4, torch::kFloat32).view({1, 4})));
}

TEST(AccumulatorLimits, OfAGraphAreWhatItsTypesHold) {
  const RealModel model = small_real_model();
  const PostTraining rounded(model, bars(200).values, {});
  Model integers = rounded.model_at(NetworkWidths(4, {5, 4}));
  const auto limits = accumulator_limits(integers.graph);
  const auto reach = reachable(integers);
  for (NodeId id = 0; id < limits.size(); ++id) {
    ASSERT_EQ(limits[id].has_value(), integers.weights[id].has_value());
    if (!limits[id]) continue;
    for (const Interval& channel : reach[id]) {
      EXPECT_LE(static_cast<double>(channel.high), limits[id]->high) << integers.graph.nodes[id].name;
      EXPECT_GE(static_cast<double>(channel.low), limits[id]->low) << integers.graph.nodes[id].name;
    }
  }
}

TEST(AccumulatorLimits, TrainingKeepsThem) {
  at::set_num_threads(1);
  const RealModel real = small_real_model();
  const TrainingSet set = bars(200);
  const PostTraining rounded(real, set.values, {});
  const NetworkWidths widths(4, {4, 4});
  const QuantisableGraph quantisable = rounded.graph_at(widths);
  Graph narrowed = rounded.model_at(widths).graph;
  for (Node& node : narrowed.nodes) {
    if (std::holds_alternative<Conv2d>(node.op) || std::holds_alternative<Add>(node.op)) node.type.bits -= 1;
  }
  TrainableNetwork network(narrowed, weights_of(real.weights, quantisable));
  network.quantise();
  network.keep_accumulators();
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
