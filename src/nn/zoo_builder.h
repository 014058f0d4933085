// Builds a network layer by layer and runs each layer on a few pictures as it is added, so that random
// weights get biases and scales like a trained network's.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "nn/bounds.h"
#include "nn/graph.h"

namespace privquant {

class ZooBuilder {
 public:
  /// Pictures of `input` are random and smooth.
  ZooBuilder(std::string name, Shape input, int input_bits, int pictures, std::uint64_t seed);

  /// Conv2d of random weights; the bias centres each channel.
  NodeId convolution(NodeId input, Window window, int out_channels, int weight_bits, int groups = 1);
  NodeId linear(NodeId input, int out_features, int weight_bits);
  NodeId add(NodeId a, NodeId b);
  NodeId max_pool(NodeId input, Window window);
  /// The mean over a square of a power of two values.
  NodeId average_pool(NodeId input, int size);
  /// The sum over a plane, divided by the greatest power of two that is no more than its size.
  NodeId global_average_pool(NodeId input);
  NodeId flatten(NodeId input);
  NodeId concat(NodeId a, NodeId b);
  NodeId clip(NodeId input, std::int64_t low, std::int64_t high);
  /// To a type of `bits` whose exponent lets the pictures use its range; unsigned is ReLU.
  NodeId requantise(NodeId input, int bits, bool is_signed);
  /// Several results to one type.
  std::vector<NodeId> requantise_together(const std::vector<NodeId>& inputs, int bits, bool is_signed);
  /// requantise, or `input` itself if it has these bits already.
  NodeId narrow(NodeId input, int bits);

  const Node& node(NodeId id) const { return model_.graph.nodes[id]; }

  /// The model with its accumulators' smallest widths, validated. The builder is used up.
  Model finish();

 private:
  using Tensors = std::vector<IntegerTensor>;

  NodeId append(const Operator& op, std::vector<NodeId> inputs, TensorType type,
                std::optional<LayerWeights> weights = std::nullopt);
  /// A Conv2d or Linear of random weights without bias.
  NodeId weighted(const Operator& op, NodeId input, std::size_t fan_in, int outputs, int weight_bits);
  void centre_channels(NodeId id);
  void scale_weights(NodeId id);
  double gaussian();

  Model model_;
  std::vector<std::vector<Interval>> reachable_;
  std::vector<Tensors> results_;  ///< of each node on each picture; emptied when no layer will ask again
  std::mt19937_64 generator_;
};

}  // namespace privquant
