// Any nn::Graph as something that libtorch can train, in real numbers or in fake-quantised ones. Read this header
// first.
//
// There is no second description of a network: nodes, shapes and types are the graph's, and what is trained in
// quantised values is what the integer executor computes (check_export.h proves it).
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/types.h>

#include <functional>
#include <optional>
#include <vector>

#include "nn/graph.h"
#include "nn/real_model.h"
#include "quant/accumulator_limits.h"

namespace privquant {

/// In real numbers a Requantise is a ReLU if its type is unsigned and nothing otherwise.
class TrainableNetwork : public torch::nn::Module {
 public:
  using Observer = std::function<void(NodeId, const torch::Tensor&)>;

  /// From nothing: weights are drawn from torch's generator, and every Conv2d is followed by batch normalisation
  /// until fold_batch_norm(). @throws Error(model) if an operator has no gradient here (ArgMax).
  explicit TrainableNetwork(Graph graph);

  /// From trained weights, without batch normalisation.
  TrainableNetwork(Graph graph, const AllRealWeights& weights);

  /// pictures: N × channels × height × width; a quantised network rounds them to the input's type. Returns N × outputs;
  /// `observe` sees every node's result.
  torch::Tensor forward(const torch::Tensor& pictures, const Observer& observe = {});

  /// Puts each batch normalisation into the weights and bias of its convolution; results stay the same
  /// (in evaluation mode).
  void fold_batch_norm();

  /// Chooses all exponents, from the weights and from what these pictures make of them; from here on forward
  /// computes in quantised values. Batch normalisation must be folded.
  void calibrate(const torch::Tensor& pictures);

  /// From here on forward computes in quantised values, with the graph's exponents. Batch normalisation must be
  /// folded.
  void quantise();

  /// From here on weights are moved towards zero so far that no accumulator of a Conv2d, Linear, or Add of one leaves its
  /// type in the graph (accumulator_limits.h). The network must be quantised.
  /// `reach` is the network's when the types were chosen.
  void keep_accumulators(RealReach reach);

  /// Makes every exponent of weights and of Requantise nodes a number that is trained (rounded where it is used), or
  /// a constant again. The network must be quantised.
  void learn_exponents(bool learned);

  /// Of a Conv2d or Linear, in real numbers.
  const torch::Tensor& weight(NodeId id) const { return layers_.at(id)->weight; }
  const torch::Tensor& bias(NodeId id) const { return layers_.at(id)->bias; }

  /// The numbers behind learned exponents; parameters() are weights and biases.
  std::vector<torch::Tensor> exponent_parameters() const;

  /// Of every node, as they are used, and learned where they are; a part of a training's state.
  torch::Tensor exponents() const;
  /// @throws Error(file) if there are not as many nodes.
  void restore_exponents(const torch::Tensor& exponents);

  /// The weights in real numbers as they are now. Batch normalisation must be folded.
  AllRealWeights real_weights() const;

  /// Weights and biases as integers, accumulators as wide as they must be. Must be quantised.
  /// @throws Error(model) if the network has no valid integer form.
  Model export_model() const;

  /// Exponents are those of the last forward.
  const Graph& graph() const { return graph_; }

 private:
  struct Layer {
    torch::Tensor weight, bias;
    torch::nn::BatchNorm2d norm{nullptr};
    std::string norm_name;
  };
  Layer draw_layer(NodeId id);
  void register_layer(NodeId id, Layer layer);
  torch::Tensor apply(NodeId id, const std::vector<torch::Tensor>& results);
  torch::Tensor apply_linear_layer(NodeId id, const torch::Tensor& input);
  /// As integers times their unit.
  torch::Tensor quantised_weight(NodeId id) const;
  torch::Tensor quantised_bias(NodeId id) const;
  /// What is learned, or undefined.
  torch::Tensor learned_exponent(NodeId id) const;
  void follow_learned_exponents();

  Graph graph_;
  std::vector<std::optional<Layer>> layers_;  ///< by node
  /// By node: of a layer its weights', of a Requantise its own; undefined elsewhere and until they are learned.
  std::vector<torch::Tensor> exponents_;
  RealReach reach_;
  std::vector<std::optional<AccumulatorLimit>> limits_;  ///< by node; empty: none is kept
  bool quantised_ = false;
  bool learns_exponents_ = false;
};

}  // namespace privquant
