// A quantised network as data. Read this header first.
//
// A Graph is public: operators, shapes, widths, exponents. Weights stand beside it in a Model, so that a
// Contract is free of secrets by construction. Integer semantics: docs/quantization.md, in short
//   Conv2d, Linear  acc = Σ w·x + b, exact; exponent = weight exponent + input exponent
//   Add             exact; the operand with the greater exponent is shifted left to the smaller one's
//   Requantise      y = ⌊(x + 2^(s−1)) / 2^s⌋ with s = type.exponent − input.exponent ≥ 0 (s = 0: y = x),
//                   then clipped to the type; an unsigned type's lower clip at 0 is ReLU
//   Relu, Clip      max(x, 0); min(max(x, low), high)
//   AvgPool         the exact sum over the window (padding counts as 0); the exponent falls by log2_divisor.
//                   A divisor that is no power of two is folded into the next layer's weights
//   MaxPool         the maximum (padding never wins)
//   Concat          along channels, of equal types
//   PadChannels     channels of zeros before and after the input's
//   ArgMax          index of the greatest value, the first if several
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nn/tensor_type.h"

namespace privquant {

struct Window {
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  bool operator==(const Window&) const = default;
};

struct Input {
  bool operator==(const Input&) const = default;
};
struct Conv2d {
  Window window;
  int out_channels = 1;
  int groups = 1;  ///< input channels for a depthwise convolution
  TensorType weight_type;
  bool operator==(const Conv2d&) const = default;
};
struct Linear {
  int out_features = 1;
  TensorType weight_type;
  bool operator==(const Linear&) const = default;
};
struct Add {
  bool operator==(const Add&) const = default;
};
struct Relu {
  bool operator==(const Relu&) const = default;
};
struct Clip {
  std::int64_t low = 0, high = 0;
  bool operator==(const Clip&) const = default;
};
struct Requantise {
  bool operator==(const Requantise&) const = default;
};
struct MaxPool {
  Window window;
  bool operator==(const MaxPool&) const = default;
};
struct AvgPool {
  Window window;
  int log2_divisor = 0;
  bool operator==(const AvgPool&) const = default;
};
struct GlobalAvgPool {
  int log2_divisor = 0;
  bool operator==(const GlobalAvgPool&) const = default;
};
struct Flatten {
  bool operator==(const Flatten&) const = default;
};
struct Concat {
  bool operator==(const Concat&) const = default;
};
struct PadChannels {
  int before = 0, after = 0;
  bool operator==(const PadChannels&) const = default;
};
struct ArgMax {
  bool operator==(const ArgMax&) const = default;
};

using Operator = std::variant<Input, Conv2d, Linear, Add, Relu, Clip, Requantise, MaxPool, AvgPool,
                              GlobalAvgPool, Flatten, Concat, PadChannels, ArgMax>;

/// "Conv2d", "Linear", …
std::string operator_name(const Operator& op);

using NodeId = std::size_t;

struct Node {
  std::string name;  ///< unique in the graph
  Operator op;
  std::vector<NodeId> inputs;  ///< all smaller than this node's own id
  TensorType type;             ///< of the result
  Shape shape;                 ///< of the result
  bool operator==(const Node&) const = default;
};

/// How a picture's bytes become the input tensor: real = (byte/255 − mean[c]) / deviation[c], then
/// integer = ⌊real / 2^exponent + 1/2⌋ clipped to the input's type.
struct Preprocessing {
  std::vector<double> mean;
  std::vector<double> deviation;
  bool operator==(const Preprocessing&) const = default;
};

/// Nodes in topological order; node 0 is the only Input, the last node is the output.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  Preprocessing preprocessing;
  std::vector<std::string> labels;  ///< class names, may be empty

  const Node& input() const { return nodes.front(); }
  const Node& output() const { return nodes.back(); }
  bool operator==(const Graph&) const = default;
};

/// Weights and bias of one Conv2d or Linear: weights[out][in / groups][row][column], bias[out] in the
/// accumulator's scale. Secret.
struct LayerWeights {
  std::vector<std::int16_t> weights;
  std::vector<std::int64_t> bias;
};

/// The server's secret together with its public graph; weights[id] is set where node id has weights.
struct Model {
  Graph graph;
  std::vector<std::optional<LayerWeights>> weights;
};

/// Infers a node's result shape from its inputs. @throws Error(model) naming the node if nothing fits.
Shape infer_shape(const Graph& graph, const Node& node);

/// The exponent of a node's result where the operator fixes it; of Input, Requantise and ArgMax the node's
/// own.
int infer_exponent(const Graph& graph, const Node& node);

/// Checks what does not depend on how values are quantised: ids, names, arity, shapes, parameters, ranges of
/// widths and exponents, sizes. @throws Error(model) naming the node.
void validate_structure(const Graph& graph);

/// Checks everything that is public: ids, arity, shapes, types, exponents, widths 1..64, sizes below a
/// limit of 2^31 elements per tensor, 2^24 channels in all. @throws Error(model) naming the node. Every
/// loaded graph passes here; the rest trusts it.
void validate(const Graph& graph);

/// Checks counts and ranges of a valid graph's weights. @throws Error(model) naming the node.
void validate_weights(const Model& model);

/// Also checks weights: counts, ranges of the weight type, and that every reachable value of every node
/// (see bounds.h) fits the node's type. @throws Error(model) naming the node.
void validate(const Model& model);

/// Shape of the output of a window over height × width.
Shape window_output(const Window& window, int channels, int height, int width);

/// The number of multiply-accumulates of a node, 0 for others than Conv2d and Linear.
std::uint64_t multiply_accumulates(const Graph& graph, NodeId id);
/// Weights plus biases of a node.
std::uint64_t parameters(const Graph& graph, NodeId id);

}  // namespace privquant
