#include "quant/equalise.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "layered_graph.h"
#include "quant/fill_clips.h"
#include "quant/post_training.h"

namespace privquant {
namespace {

constexpr Window one{};
constexpr Window three{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};

/// With random weights whose rows differ by up to 2^8.
RealModel with_weights(const Graph& graph) {
  torch::manual_seed(5);
  TrainableNetwork network(graph);
  network.fold_batch_norm();
  RealModel model{graph, network.real_weights()};
  for (auto& layer : model.weights) {
    if (!layer) continue;
    const std::size_t inputs = layer->weights.size() / layer->bias.size();
    for (std::size_t row = 0; row < layer->bias.size(); ++row) {
      const auto factor = static_cast<float>(std::ldexp(1.0, static_cast<int>(5 * row % 9) - 4));
      for (std::size_t i = 0; i < inputs; ++i) layer->weights[row * inputs + i] *= factor;
      layer->bias[row] = factor * (row % 2 == 0 ? 0.5F : -0.25F);
    }
  }
  return model;
}

/// A layer, its activation, a depthwise layer, another activation, a grouped layer, means, classes. Activations clip
/// at `clip` if that is not 0.
RealModel chain(int clip) {
  LayeredGraph net({3, 8, 8});
  const auto activation = [&](const std::string& name, NodeId input) {
    return clip == 0 ? net.add(name, Relu{}, {input}) : net.add(name, Clip{0, clip}, {input});
  };
  NodeId x = net.add("conv", Conv2d{three, 8, 1, {}}, {0});
  x = activation("act1", x);
  x = net.add("depthwise", Conv2d{three, 8, 8, {}}, {x});
  x = activation("act2", x);
  x = net.add("grouped", Conv2d{one, 6, 2, {}}, {x});
  x = activation("act3", x);
  x = net.add("means", GlobalAvgPool{6}, {x});
  x = net.add("flat", Flatten{}, {x});
  net.add("classes", Linear{4, {}}, {x});
  return with_weights(net.graph);
}

/// A stream to which a block is added, then joined with another layer's results.
RealModel joined() {
  LayeredGraph net({3, 8, 8});
  NodeId x = net.add("conv", Conv2d{three, 4, 1, {}}, {0});
  const NodeId stream = net.add("stream", Relu{}, {x});
  x = net.add("block", Conv2d{three, 4, 1, {}}, {stream});
  const NodeId sum = net.add("sum", Add{}, {x, stream});
  x = net.add("beside", Conv2d{three, 2, 1, {}}, {stream});
  x = net.add("both", Concat{}, {sum, x});
  x = net.add("relu", Relu{}, {x});
  x = net.add("thin", MaxPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}}, {x});
  x = net.add("flat", Flatten{}, {x});
  net.add("classes", Linear{4, {}}, {x});
  return with_weights(net.graph);
}

torch::Tensor outputs(const RealModel& model, const torch::Tensor& pictures) {
  const torch::NoGradGuard no_gradient;
  TrainableNetwork network(model.graph, model.weights);
  return network.forward(pictures);
}

double difference(const RealModel& a, const RealModel& b, const torch::Tensor& pictures) {
  const torch::Tensor expected = outputs(a, pictures);
  return (outputs(b, pictures) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
}

NodeId node_called(const RealModel& model, const std::string& name) {
  const auto& nodes = model.graph.nodes;
  return static_cast<NodeId>(
      std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == name; }) -
      nodes.begin());
}

/// By row of a layer.
std::vector<double> greatest_weights(const RealModel& model, const std::string& name) {
  const RealWeights& layer = *model.weights[node_called(model, name)];
  const std::size_t inputs = layer.weights.size() / layer.bias.size();
  std::vector<double> result(layer.bias.size());
  for (std::size_t i = 0; i < layer.weights.size(); ++i)
    result[i / inputs] = std::max(result[i / inputs], static_cast<double>(std::abs(layer.weights[i])));
  return result;
}

/// The least row's greatest weight by the greatest row's.
double evenness(const RealModel& model, const std::string& name) {
  const std::vector<double> rows = greatest_weights(model, name);
  return *std::min_element(rows.begin(), rows.end()) / *std::max_element(rows.begin(), rows.end());
}

class EqualiseTest : public testing::Test {
 protected:
  EqualiseTest() {
    at::set_num_threads(1);
    torch::manual_seed(6);
    pictures_ = torch::rand({30, 3, 8, 8});
    others_ = 2 * torch::rand({30, 3, 8, 8}) - 1;
  }

  double rounding_error(const RealModel& prepared, const RealModel& exact) const {
    const PostTraining rounded(prepared, pictures_, {});
    const QuantisableGraph graph = rounded.graph_at(NetworkWidths(rounded.layers().size(), {8, 8}));
    TrainableNetwork network(graph.graph, weights_of(rounded.model().weights, graph));
    network.quantise();
    const torch::NoGradGuard no_gradient;
    return (network.forward(pictures_) - outputs(exact, pictures_)).abs().mean().item<double>();
  }

  torch::Tensor pictures_, others_;
};

TEST_F(EqualiseTest, TheFunctionStays) {
  for (const RealModel& model : {chain(0), joined()}) {
    const RealModel equal = equalise(model, pictures_);
    EXPECT_NE(equal, model);
    EXPECT_EQ(equal.graph, model.graph);
    EXPECT_NO_THROW(validate(equal));
    EXPECT_LT(difference(model, equal, pictures_), 1e-5);
    // Without clips there is nothing that measured ranges could be too small for.
    EXPECT_LT(difference(model, equal, others_), 1e-5);
  }
}

TEST_F(EqualiseTest, WithClipsItStaysOnThePictures) {
  const RealModel model = chain(6);
  const RealModel equal = equalise(model, pictures_);
  EXPECT_EQ(equal.graph, fill_clips(model).graph);
  EXPECT_LT(difference(model, equal, pictures_), 1e-5);
  // The test is about clips that act for some channels.
  EXPECT_GT(difference(model, chain(0), pictures_), 0.01);
}

TEST_F(EqualiseTest, WeightsHaveLikeRanges) {
  for (const std::string name : {"conv", "depthwise", "grouped"}) {
    const RealModel model = chain(0);
    EXPECT_LT(evenness(model, name), 0.02) << name;
    EXPECT_GT(evenness(equalise(model, pictures_), name), 3 * evenness(model, name)) << name;
  }
}

TEST_F(EqualiseTest, NoActivationHasAWiderRange) {
  for (const RealModel& model : {chain(0), chain(6), joined()}) {
    const RealModel filled = fill_clips(model);
    std::vector<double> before;
    const torch::NoGradGuard no_gradient;
    TrainableNetwork real(filled.graph, filled.weights);
    real.forward(pictures_, [&](NodeId, const torch::Tensor& result) {
      before.push_back(result.abs().max().item<double>());
    });
    const RealModel equal = equalise(model, pictures_);
    TrainableNetwork network(equal.graph, equal.weights);
    network.forward(pictures_, [&](NodeId id, const torch::Tensor& result) {
      const double bound = std::holds_alternative<Clip>(equal.graph.nodes[id].op) ? 8 : before[id];
      EXPECT_LE(result.abs().max().item<double>(), 1.0001 * bound) << equal.graph.nodes[id].name;
    });
  }
}

TEST_F(EqualiseTest, RoundingHarmsLess) {
  for (const RealModel& model : {chain(0), chain(6), joined()})
    EXPECT_LT(rounding_error(equalise(model, pictures_), model),
              0.7 * rounding_error(fill_clips(model), model));
}

TEST_F(EqualiseTest, RowsThatNobodyReadsAreCleared) {
  RealModel model = chain(0);
  // Channel 1 of the depthwise layer; so nobody needs that of the layer before it either.
  RealWeights& grouped = *model.weights[node_called(model, "grouped")];
  for (std::size_t row = 0; row < 3; ++row) grouped.weights[row * 4 + 1] = 0;
  model.weights[node_called(model, "depthwise")]->weights[9] = 1e4F;
  const RealModel equal = equalise(model, pictures_);
  EXPECT_LT(difference(model, equal, pictures_), 1e-5);
  for (const std::string name : {"conv", "depthwise"}) {
    EXPECT_EQ(greatest_weights(equal, name)[1], 0) << name;
    EXPECT_EQ(equal.weights[node_called(equal, name)]->bias[1], 0) << name;
    EXPECT_GT(greatest_weights(equal, name)[0], 0) << name;
  }
}

TEST_F(EqualiseTest, WhatIsSettledStays) {
  const RealModel once = equalise(chain(0), pictures_);
  const RealModel twice = equalise(once, pictures_);
  for (const std::string name : {"conv", "depthwise", "grouped"}) {
    const std::vector<double> a = greatest_weights(once, name);
    const std::vector<double> b = greatest_weights(twice, name);
    for (std::size_t row = 0; row < a.size(); ++row) EXPECT_NEAR(b[row] / a[row], 1, 0.3) << name << row;
  }
}

}  // namespace
}  // namespace privquant
