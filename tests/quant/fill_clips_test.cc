#include "quant/fill_clips.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "quant/post_training.h"

namespace privquant {
namespace {

/// 3×8×8 in; conv, clip to 6, depthwise conv, clip to 6, means, 4 classes. With `residual`, the first clip is added
/// to the second, too.
RealModel clipped_network(bool residual) {
  Graph graph;
  graph.name = "clipped";
  graph.preprocessing = {{0, 0, 0}, {1, 1, 1}};
  graph.nodes.push_back({"input", Input{}, {}, unquantised, {3, 8, 8}});
  const auto add = [&](std::string name, const Operator& op, std::vector<NodeId> inputs,
                       TensorType type = unquantised) {
    Node node{std::move(name), op, std::move(inputs), type, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  };
  const TensorType halves{32, true, -1};
  const Window window{3, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  NodeId x = add("conv1", Conv2d{window, 8, 1, {}}, {0});
  const NodeId first = add("clip1", Clip{0, 12}, {x}, halves);
  x = add("conv2", Conv2d{window, 8, 8, {}}, {first});
  x = add("clip2", Clip{0, 12}, {x}, halves);
  if (residual) x = add("add", Add{}, {x, first});
  x = add("means", GlobalAvgPool{6}, {x});
  x = add("flat", Flatten{}, {x});
  add("classes", Linear{4, {}}, {x});
  torch::manual_seed(4);
  TrainableNetwork network(graph);
  network.fold_batch_norm();
  RealModel model{graph, network.real_weights()};
  // So that many values reach 6.
  for (const NodeId layer : {NodeId{1}, NodeId{3}}) {
    for (float& weight : model.weights[layer]->weights) weight *= 8;
    for (float& bias : model.weights[layer]->bias) bias += 1;
  }
  return model;
}

torch::Tensor outputs(const RealModel& model, const torch::Tensor& pictures) {
  const torch::NoGradGuard no_gradient;
  TrainableNetwork network(model.graph, model.weights);
  return network.forward(pictures);
}

TEST(FillClips, TheFunctionStaysAndTheClipsEndWhereTheTypeDoes) {
  const RealModel model = clipped_network(false);
  const RealModel filled = fill_clips(model);
  for (const NodeId id : {NodeId{2}, NodeId{4}}) {
    EXPECT_EQ(std::get<Clip>(filled.graph.nodes[id].op).high, 255);
    EXPECT_EQ(filled.graph.nodes[id].type.exponent, -5);
  }
  const torch::Tensor pictures = torch::rand({20, 3, 8, 8});
  EXPECT_TRUE(torch::allclose(outputs(filled, pictures), outputs(model, pictures), 1e-4, 1e-4));
  EXPECT_EQ(fill_clips(filled), filled);
}

TEST(FillClips, WhatIsAddedStays) {
  const RealModel model = clipped_network(true);
  EXPECT_EQ(fill_clips(model), model);
}

TEST(FillClips, EightBitsAreCloserToTheNetwork) {
  const RealModel model = clipped_network(false);
  const torch::Tensor pictures = torch::rand({100, 3, 8, 8});
  const auto error = [&](const RealModel& real) {
    const torch::NoGradGuard no_gradient;
    const PostTraining rounded(real, pictures, {});
    const QuantisableGraph graph = rounded.graph_at(NetworkWidths(3, {8, 8}));
    TrainableNetwork network(graph.graph, weights_of(rounded.model().weights, graph));
    network.quantise();
    return (network.forward(pictures) - outputs(model, pictures)).abs().mean().item<double>();
  };
  EXPECT_LT(error(fill_clips(model)), 0.25 * error(model));
}

}  // namespace
}  // namespace privquant
