// A small residual network in real numbers, trained on bars, and files with such pictures.
#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include "data/encode.h"
#include "data/temporary_folder.h"
#include "nn/real_model.h"
#include "quant/train.h"
#include "tiny_graph.h"

namespace privquant {

/// 1×8×8 pixels in, 3 classes out; a block with a shortcut that halves the picture and doubles the channels.
inline Graph small_real_graph() {
  Graph graph;
  graph.name = "small";
  graph.preprocessing = {{0.0}, {1.0}};
  graph.nodes.push_back({"input", Input{}, {}, unquantised, {1, 8, 8}});
  const auto add = [&](std::string name, const Operator& op, std::vector<NodeId> inputs) {
    Node node{std::move(name), op, std::move(inputs), unquantised, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  };
  const auto convolution = [](int stride, int channels) {
    return Conv2d{{3, 3, stride, stride, 1, 1, 1, 1, 1, 1}, channels, 1, {}};
  };
  NodeId x = add("conv1", convolution(1, 4), {0});
  const NodeId stem = add("relu1", Relu{}, {x});
  x = add("conv2", convolution(2, 8), {stem});
  x = add("relu2", Relu{}, {x});
  x = add("conv3", convolution(1, 8), {x});
  const NodeId thin = add("subsample", MaxPool{{1, 1, 2, 2, 1, 1, 0, 0, 0, 0}}, {stem});
  const NodeId shortcut = add("more_channels", PadChannels{2, 2}, {thin});
  x = add("add", Add{}, {x, shortcut});
  x = add("relu3", Relu{}, {x});
  x = add("mean", GlobalAvgPool{4}, {x});
  x = add("flatten", Flatten{}, {x});
  add("classes", Linear{3, {}}, {x});
  return graph;
}

inline TrainingSet bars(std::int64_t count) {
  TrainingSet set = tiny_set(count);
  set.values = torch::floor(set.values * 256) / 255;
  return set;
}

inline RealModel small_real_model() {
  torch::manual_seed(11);
  TrainableNetwork network(small_real_graph());
  TrainingPlan plan;
  plan.epochs = 10;
  plan.learning_rate = 2e-2;
  train(network, bars(600), plan);
  network.fold_batch_norm();
  return {small_real_graph(), network.real_weights()};
}

/// An IDX file of bars, labels beside it; returns its path.
inline std::filesystem::path write_bars(const TemporaryFolder& folder, const std::string& prefix,
                                        std::int64_t count) {
  const TrainingSet set = bars(count);
  const torch::Tensor bytes = (set.values * 255 + 0.5).to(torch::kUInt8).contiguous();
  const torch::Tensor labels = set.labels.to(torch::kUInt8).contiguous();
  const auto vector = [](const torch::Tensor& tensor) {
    const auto* first = tensor.data_ptr<std::uint8_t>();
    return std::vector<std::uint8_t>(first, first + tensor.numel());
  };
  const auto number = static_cast<std::uint32_t>(count);
  folder.write(prefix + "-images-idx3-ubyte", encode_idx({number, 8, 8}, vector(bytes)));
  folder.write(prefix + "-labels-idx1-ubyte", encode_idx({number}, vector(labels)));
  return folder.path() / (prefix + "-images-idx3-ubyte");
}

}  // namespace privquant
