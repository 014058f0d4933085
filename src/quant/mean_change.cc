#include "quant/mean_change.h"

#include <torch/types.h>
#include <torch/utils.h>

#include "quant/trainable_network.h"

namespace privquant {

std::vector<float> mean_change(const Graph& graph, NodeId id, const torch::Tensor& mean_input,
                               const std::vector<float>& change) {
  const torch::NoGradGuard no_gradient;
  Graph alone;
  const Shape& shape = graph.nodes[graph.nodes[id].inputs[0]].shape;
  alone.nodes.push_back({"input", Input{}, {}, unquantised, shape});
  alone.nodes.push_back(graph.nodes[id]);
  alone.nodes.back().inputs = {0};
  const auto channels = alone.output().shape.channels;
  AllRealWeights weights(2);
  weights[1] = RealWeights{change, std::vector<float>(static_cast<std::size_t>(channels))};
  TrainableNetwork layer(alone, weights);
  const torch::Tensor picture = mean_input.reshape({1, shape.channels, shape.height, shape.width});
  const torch::Tensor result = layer.forward(picture).view({channels, -1}).mean(1);
  return {result.data_ptr<float>(), result.data_ptr<float>() + channels};
}

}  // namespace privquant
