// A graph in real numbers, built node by node.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "nn/real_model.h"

namespace privquant {

struct LayeredGraph {
  explicit LayeredGraph(const Shape& input) {
    const auto channels = static_cast<std::size_t>(input.channels);
    graph.name = "layered";
    graph.preprocessing = {std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0)};
    graph.nodes.push_back({"input", Input{}, {}, unquantised, input});
  }

  /// `exponent` is a Clip's.
  NodeId add(std::string name, const Operator& op, std::vector<NodeId> inputs, int exponent = 0) {
    Node node{std::move(name), op, std::move(inputs), {32, true, exponent}, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  }

  Graph graph;
};

}  // namespace privquant
