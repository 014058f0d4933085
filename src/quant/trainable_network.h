// Any nn::Graph as something that libtorch can train: first in real numbers with batch normalisation, then,
// folded and calibrated, in fake-quantised ones. Read this header first.
#pragma once

#include <torch/nn.h>

#include <functional>
#include <optional>
#include <vector>

#include "nn/graph.h"

namespace privquant {

/// In real numbers, every Conv2d is followed by batch normalisation, and a Requantise is a ReLU if its type
/// is unsigned and nothing otherwise. The life of a network: construct, train, fold_batch_norm(),
/// calibrate(), train again, export_model().
class TrainableNetwork : public torch::nn::Module {
 public:
  using Observer = std::function<void(NodeId, const torch::Tensor&)>;

  /// Weights are drawn from torch's generator. @throws Error(model) if an operator has no gradient here
  /// (Clip, ArgMax).
  explicit TrainableNetwork(Graph graph);

  /// pictures: N × channels × height × width, real values of the input's type. Returns N × outputs;
  /// `observe` sees every node's result.
  torch::Tensor forward(const torch::Tensor& pictures, const Observer& observe = {});

  /// Puts each batch normalisation into the weights and bias of its convolution; results stay the same
  /// (in evaluation mode).
  void fold_batch_norm();

  /// Chooses all exponents, from the weights and from what these pictures make of them; from here on forward
  /// computes in quantised values. Batch normalisation must be folded.
  void calibrate(const torch::Tensor& pictures);

  /// Weights and biases as integers, accumulators as wide as they must be. Must be calibrated.
  /// @throws Error(model) if the network has no valid integer form.
  Model export_model() const;

  const Graph& graph() const { return graph_; }

 private:
  struct Layer {
    torch::Tensor weight, bias;
    torch::nn::BatchNorm2d norm{nullptr};
  };
  Layer make_layer(NodeId id);
  torch::Tensor apply(NodeId id, const std::vector<torch::Tensor>& results);
  torch::Tensor apply_linear_layer(NodeId id, const torch::Tensor& input);

  Graph graph_;
  std::vector<std::optional<Layer>> layers_;  ///< by node
  bool quantised_ = false;
};

}  // namespace privquant
