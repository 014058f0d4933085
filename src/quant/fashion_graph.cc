#include "quant/fashion_graph.h"

#include <utility>

namespace privquant {
namespace {

/// Strings nodes together; each is its input's successor unless said otherwise.
class Builder {
 public:
  explicit Builder(Graph& graph) : graph_(graph) {}

  NodeId add(std::string name, const Operator& op, std::vector<NodeId> inputs, TensorType type = {}) {
    Node node{std::move(name), op, std::move(inputs), type, {}};
    node.shape = infer_shape(graph_, node);
    graph_.nodes.push_back(std::move(node));
    return graph_.nodes.size() - 1;
  }

 private:
  Graph& graph_;
};

Window window(int kernel, int stride, int pad_before, int pad_after) {
  return {kernel, kernel, stride, stride, 1, 1, pad_before, pad_before, pad_after, pad_after};
}

}  // namespace

Graph fashion_graph() {
  Graph graph;
  graph.name = "fashion";
  graph.labels = {"T-shirt", "trousers", "pullover", "dress", "coat",
                  "sandal",  "shirt",    "sneaker",  "bag",   "ankle boot"};
  // real = byte / 256, so that the integer is the byte itself and nothing is lost.
  const TensorType pixel{8, false, -8};
  graph.preprocessing = {{0.0}, {256.0 / 255.0}};
  graph.nodes.push_back({"input", Input{}, {}, pixel, {1, 28, 28}});

  const TensorType narrow_weights{4, true, 0};
  const TensorType edge_weights{8, true, 0};
  const TensorType narrow{4, false, 0};
  const TensorType residual{8, false, 0};

  Builder net(graph);
  // The first stride comes early: most bytes are sent where the picture is large.
  NodeId x = net.add("conv1", Conv2d{window(5, 2, 2, 1), 16, 1, edge_weights}, {0});
  x = net.add("relu1", Requantise{}, {x}, narrow);
  x = net.add("conv2", Conv2d{window(3, 1, 1, 1), 32, 1, narrow_weights}, {x});
  x = net.add("relu2", Requantise{}, {x}, residual);
  const NodeId shortcut = net.add("pool2", MaxPool{window(2, 2, 0, 0)}, {x});
  x = net.add("narrow3", Requantise{}, {shortcut}, narrow);
  x = net.add("conv3", Conv2d{window(3, 1, 1, 1), 32, 1, narrow_weights}, {x});
  x = net.add("add3", Add{}, {x, shortcut});
  x = net.add("relu3", Requantise{}, {x}, narrow);
  x = net.add("conv4", Conv2d{window(3, 2, 1, 1), 96, 1, narrow_weights}, {x});
  x = net.add("relu4", Requantise{}, {x}, narrow);
  x = net.add("pool4", AvgPool{window(2, 2, 0, 0), 2}, {x});
  x = net.add("flatten", Flatten{}, {x});
  net.add("classes", Linear{10, edge_weights}, {x});
  return graph;
}

}  // namespace privquant
