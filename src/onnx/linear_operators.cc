// Layers that multiply, and what is folded into them.
#include <algorithm>
#include <cmath>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

float to_float(double value) {
  const auto result = static_cast<float>(value);
  if (!std::isfinite(result))
    cannot_import("folding it gives weights that are too large; train the network again");
  return result;
}

/// Constant operand `index` as one number a channel, if it has the same value at all positions of a channel.
/// @throws Problem otherwise.
Reals by_channel(const Constant& constant, int rank, int channels) {
  const Reals& values = constant.reals();
  const auto count = static_cast<std::size_t>(channels);
  if (values.size() == 1) return Reals(count, values[0]);
  // Dimensions stand at the end; the channel is dimension 1 of the tensor.
  const std::size_t after_channel = static_cast<std::size_t>(rank) - 2;
  const bool fits = values.size() == count && constant.dims.size() > after_channel &&
                    constant.dims[constant.dims.size() - 1 - after_channel] == channels;
  if (!fits) {
    cannot_import(
        "its constant is not one number a channel; add such a constant directly after Conv or Gemm");
  }
  return values;
}

/// Weights[out][in] of a Linear from a matrix of in × out, or of out × in if `transposed`.
Tensor linear(const NodeReader& node, const Constant& matrix, bool transposed, double scale) {
  if (matrix.dims.size() != 2) {
    cannot_import("its weights have {} dimensions, where a matrix belongs", matrix.dims.size());
  }
  const auto inputs = static_cast<std::size_t>(matrix.dims[transposed ? 1 : 0]);
  const auto outputs = static_cast<std::size_t>(matrix.dims[transposed ? 0 : 1]);
  const Tensor& input = node.vector(0);
  if (inputs != node.shape(input).elements() || outputs == 0) {
    cannot_import("its weights are for {} inputs, but there are {}; export the file again", inputs,
                  node.shape(input).elements());
  }
  node.expect_quantised(input);
  if (node.quantised() && scale != 1)
    node.object("its alpha is {}; multiply the weights before training", scale);
  const Reals& values = matrix.reals();
  node.budget().take(values.size());
  RealWeights layer{Reals(values.size()), Reals(outputs, 0.0F)};
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) {
      const float value = values[transposed ? o * inputs + i : i * outputs + o];
      layer.weights[o * inputs + i] = to_float(value * scale);
    }
  }
  const Tensor result =
      node.add(Linear{static_cast<int>(outputs), node.weight_type(matrix)}, {input.node}, 2);
  node.draft().details(result.node).weights = std::move(layer);
  return result;
}

void add_to_bias(RealWeights& layer, const Reals& addend, double scale) {
  for (std::size_t o = 0; o < layer.bias.size(); ++o) {
    layer.bias[o] = to_float(layer.bias[o] + scale * addend[o]);
  }
}

const Reals& channel_parameter(const NodeReader& node, std::size_t index, int channels) {
  const Reals& values = node.constant(index).reals();
  if (values.size() != static_cast<std::size_t>(channels)) {
    cannot_import("its parameters are for {} channels, but there are {}; export the file again",
                  values.size(), channels);
  }
  return values;
}

}  // namespace

Value convert_gemm(const NodeReader& node) {
  node.expect_operands(2, 3);
  if (node.attributes.integer("transA", 0) != 0)
    cannot_import("transA=1 is not supported; put the picture first");
  const bool transposed = node.attributes.integer("transB", 0) != 0;
  const Tensor result = linear(node, node.constant(1), transposed, node.attributes.real("alpha", 1));
  if (node.has(2)) {
    if (node.quantised() && node.attributes.real("beta", 1) != 1)
      node.object("its beta is not 1; multiply the bias before training");
    add_to_bias(*node.draft().details(result.node).weights,
                by_channel(node.constant(2), 2, node.shape(result).channels),
                node.attributes.real("beta", 1));
  }
  return result;
}

Value convert_mat_mul(const NodeReader& node) {
  node.expect_operands(2, 2);
  return linear(node, node.constant(1), false, 1);
}

Value convert_batch_normalization(const NodeReader& node) {
  node.expect_operands(5, 5);
  node.expect_one_result();
  if (node.attributes.integer("training_mode", 0) != 0) {
    cannot_import("it is in training mode; export the network after model.eval()");
  }
  const Tensor& input = node.surrounded_tensor(0);
  if (node.quantised()) {
    node.object("it stands in a quantised network; fold it into the Conv or Gemm before it, then quantise");
    return input;
  }
  RealWeights* layer = node.foldable(input);
  if (layer == nullptr) {
    cannot_import(
        "it does not follow a Conv or Gemm whose result nothing else reads, so that it cannot be folded; "
        "normalise directly after Conv, or use a depthwise Conv with a 1×1 kernel instead");
  }
  const int channels = node.shape(input).channels;
  const Reals& scale = channel_parameter(node, 1, channels);
  const Reals& bias = channel_parameter(node, 2, channels);
  const Reals& mean = channel_parameter(node, 3, channels);
  const Reals& variance = channel_parameter(node, 4, channels);
  const double epsilon = node.attributes.real("epsilon", 1e-5);
  RealWeights folded = *layer;
  const std::size_t fan_in = layer->weights.size() / layer->bias.size();
  for (std::size_t o = 0; o < layer->bias.size(); ++o) {
    const double spread = variance[o] + epsilon;
    if (!(spread > 0)) cannot_import("its variance plus epsilon is not above 0; train the network again");
    const double factor = scale[o] / std::sqrt(spread);
    for (std::size_t i = 0; i < fan_in; ++i) {
      float& weight = folded.weights[o * fan_in + i];
      weight = to_float(weight * factor);
    }
    folded.bias[o] = to_float((static_cast<double>(layer->bias[o]) - mean[o]) * factor + bias[o]);
  }
  *layer = std::move(folded);
  return input;
}

Value convert_add(const NodeReader& node) {
  node.expect_operands(2, 2);
  const bool first = node.is_constant(0);
  if (!first && !node.is_constant(1)) {
    const Tensor& left = node.tensor(0);
    const Tensor& right = node.tensor(1);
    if (left.rank != right.rank || node.shape(left) != node.shape(right)) {
      cannot_import("its operands have shapes {} and {}; only equal shapes can be added",
                    to_string(node.shape(left)), to_string(node.shape(right)));
    }
    node.expect_quantised(left);
    node.expect_quantised(right);
    const Tensor sum = node.add(Add{}, {left.node, right.node}, left.rank);
    const auto exponent = [&](const Tensor& tensor) { return node.draft().node(tensor.node).type.exponent; };
    if (std::abs(exponent(left) - exponent(right)) > max_shift)
      node.object("its operands' scales lie more than 2^{} apart; use closer ones", max_shift);
    return sum;
  }
  const Tensor& input = node.tensor(first ? 1 : 0);
  const Reals addend = by_channel(node.constant(first ? 0 : 1), input.rank, node.shape(input).channels);
  RealWeights* layer = node.foldable(input);
  if (layer == nullptr) {
    cannot_import(
        "it adds a constant to what is no Conv or Gemm, or is read elsewhere, too; make the constant the "
        "bias of a Conv or Gemm");
  }
  const bool has_bias = std::any_of(layer->bias.begin(), layer->bias.end(), [](float b) { return b != 0; });
  if (node.quantised() && has_bias)
    node.object("it adds a constant to a Conv or Gemm with a bias; make both one bias before training");
  add_to_bias(*layer, addend, 1);
  return input;
}

}  // namespace privquant
