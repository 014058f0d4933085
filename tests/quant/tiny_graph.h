// A small graph with every operator that can be trained, and pictures to train it on.
#pragma once

#include <torch/types.h>

#include "nn/graph.h"
#include "quant/train.h"

namespace privquant {

/// 1×8×8 pixels in, 3 classes out.
inline Graph tiny_graph() {
  Graph graph;
  graph.name = "tiny";
  graph.preprocessing = {{0.0}, {256.0 / 255.0}};
  graph.nodes.push_back({"input", Input{}, {}, {8, false, -8}, {1, 8, 8}});
  const auto add = [&](std::string name, const Operator& op, std::vector<NodeId> inputs,
                       TensorType type = {}) {
    Node node{std::move(name), op, std::move(inputs), type, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  };
  const TensorType weights{4, true, 0};
  const TensorType narrow{4, false, 0};
  // Uneven padding, then a grouped convolution.
  NodeId x = add("conv1", Conv2d{{3, 3, 1, 1, 1, 1, 1, 0, 1, 2}, 4, 1, {8, true, 0}}, {0});
  x = add("relu1", Requantise{}, {x}, {8, false, 0});
  const NodeId pooled = add("max1", MaxPool{{3, 3, 2, 2, 1, 1, 1, 1, 0, 0}}, {x});
  const NodeId thin = add("narrow2", Requantise{}, {pooled}, narrow);
  x = add("conv2", Conv2d{{3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 4, 2, weights}, {thin});
  x = add("add2", Add{}, {x, pooled});
  const NodeId left = add("relu2", Requantise{}, {x}, narrow);
  x = add("conv3", Conv2d{{1, 1, 1, 1, 1, 1, 0, 0, 0, 0}, 4, 1, weights}, {left});
  x = add("signed3", Requantise{}, {x}, {5, true, 0});
  x = add("plain_relu3", Relu{}, {x});
  const NodeId right = add("relu3", Requantise{}, {x}, narrow);
  const NodeId wide = add("relu2_pooled", AvgPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}, 2}, {left});
  const NodeId global = add("relu3_pooled", GlobalAvgPool{4}, {right});
  const NodeId left_features = add("left_features", Flatten{}, {wide});
  const NodeId first = add("classes_left", Linear{3, weights}, {left_features});
  const NodeId right_features = add("right_features", Concat{}, {global, global});
  const NodeId second = add("classes_right", Linear{3, weights}, {right_features});
  add("classes", Add{}, {first, second});
  return graph;
}

/// Class c is a bright bar in row 2c + 1 over noise; values are multiples of 1/256.
inline TrainingSet tiny_set(std::int64_t count) {
  const torch::Tensor labels = torch::arange(count) % 3;
  torch::Tensor values = torch::floor(torch::rand({count, 1, 8, 8}) * 80) / 256;
  for (std::int64_t i = 0; i < count; ++i) values[i][0][2 * (i % 3) + 1] += 0.5;
  return {values, labels};
}

}  // namespace privquant
