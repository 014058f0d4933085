#include "quant/mean_change.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "layered_graph.h"
#include "quant/trainable_network.h"

namespace privquant {
namespace {

TEST(MeanChange, IsWhatResultsDifferByOnAverage) {
  torch::manual_seed(3);
  for (const int groups : {1, 2, 4}) {
    LayeredGraph net({4, 5, 5});
    // Borders matter: on one side only.
    const NodeId conv = net.add("conv", Conv2d{{3, 3, 2, 2, 1, 1, 0, 0, 1, 1}, 4, groups, {}}, {0});
    const NodeId flat = net.add("flat", Flatten{}, {conv});
    const NodeId linear = net.add("linear", Linear{3, {}}, {flat});
    TrainableNetwork drawn(net.graph);
    drawn.fold_batch_norm();
    const AllRealWeights weights = drawn.real_weights();
    const torch::Tensor pictures = torch::rand({6, 4, 5, 5});
    const torch::NoGradGuard no_gradient;
    TrainableNetwork before(net.graph, weights);
    std::vector<torch::Tensor> results;
    before.forward(pictures, [&](NodeId, const torch::Tensor& result) { results.push_back(result.clone()); });
    for (const NodeId layer : {conv, linear}) {
      AllRealWeights changed = weights;
      std::vector<float> change;
      for (float& weight : changed[layer]->weights) {
        change.push_back(static_cast<float>(change.size() % 3));
        weight += change.back();
      }
      TrainableNetwork after(net.graph, changed);
      torch::Tensor expected;
      after.forward(pictures, [&](NodeId id, const torch::Tensor& result) {
        if (id == layer)
          expected = (result - results[id]).view({6, result.size(1), -1}).mean(torch::IntArrayRef({0, 2}));
      });
      const torch::Tensor mean_input = results[net.graph.nodes[layer].inputs[0]].mean(0);
      const std::vector<float> found = mean_change(net.graph, layer, mean_input, change);
      EXPECT_TRUE(torch::allclose(torch::tensor(found), expected, 1e-4, 1e-4)) << groups << " " << layer;
    }
  }
}

}  // namespace
}  // namespace privquant
