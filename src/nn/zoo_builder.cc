#include "nn/zoo_builder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "nn/executor.h"
#include "nn/operators.h"
#include "nn/zoo_weights.h"

namespace privquant {

namespace {

// ImageNet's usual figures do as well as any for random networks.
constexpr double pixel_mean = 0.45;
constexpr double pixel_deviation = 0.25;
// Pixels then lie between −1.8 and 2.2.
constexpr int input_range_log2 = 1;
// Accumulators of every layer reach about 2^3 = 8: somewhat beyond the 6 of ReLU6.
constexpr int accumulator_range_log2 = 3;
constexpr std::size_t knots = 8;  // of a smooth picture, each axis

/// Bilinear between random knots.
std::vector<std::uint8_t> smooth_picture(const Shape& shape, std::mt19937_64& generator) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(shape.elements());
  for (int c = 0; c < shape.channels; ++c) {
    std::vector<double> grid(knots * knots);
    for (double& knot : grid) knot = static_cast<double>(generator() >> 56);
    const auto at = [&](std::size_t y, std::size_t x) { return grid[y * knots + x]; };
    for (int y = 0; y < shape.height; ++y) {
      for (int x = 0; x < shape.width; ++x) {
        const double grid_y = static_cast<double>(y) * (knots - 1) / shape.height;
        const double grid_x = static_cast<double>(x) * (knots - 1) / shape.width;
        const auto top = static_cast<std::size_t>(grid_y);
        const auto left = static_cast<std::size_t>(grid_x);
        const double down = grid_y - static_cast<double>(top);
        const double right = grid_x - static_cast<double>(left);
        const double value = (at(top, left) * (1 - right) + at(top, left + 1) * right) * (1 - down) +
                             (at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right) * down;
        bytes.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return bytes;
}

/// The magnitude that all but one in a thousand values stay within; only positive ones count if `positive`.
std::int64_t usual_range(const std::vector<IntegerTensor>& tensors, bool positive) {
  std::vector<std::int64_t> magnitudes;
  for (const IntegerTensor& tensor : tensors) {
    for (const std::int64_t value : tensor.values)
      magnitudes.push_back(positive ? std::max<std::int64_t>(value, 0) : std::abs(value));
  }
  const auto place = magnitudes.begin() + static_cast<std::ptrdiff_t>((magnitudes.size() - 1) * 999 / 1000);
  std::nth_element(magnitudes.begin(), place, magnitudes.end());
  return std::max<std::int64_t>(*place, 1);
}

/// Smallest e ≥ 0 with range ≤ limit · 2^e.
int shift_to_fit(std::int64_t range, std::int64_t limit) {
  int shift = 0;
  while (((range - 1) >> shift) + 1 > limit) ++shift;
  return shift;
}

int ceil_log2(std::int64_t value) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(value - 1)));
}

TensorType provisional(int exponent) { return {64, true, exponent}; }

}  // namespace

ZooBuilder::ZooBuilder(std::string name, Shape input, int input_bits, int pictures, std::uint64_t seed)
    : generator_(seed) {
  const auto channels = static_cast<std::size_t>(input.channels);
  model_.graph.name = std::move(name);
  model_.graph.preprocessing = {std::vector<double>(channels, pixel_mean),
                                std::vector<double>(channels, pixel_deviation)};
  const TensorType type{input_bits, true, input_range_log2 + 1 - input_bits};
  model_.graph.nodes.push_back({"input", Input{}, {}, type, input});
  model_.weights.emplace_back();
  reachable_.push_back(reachable_result(model_, 0, reachable_));
  Tensors tensors;
  for (int i = 0; i < pictures; ++i) {
    tensors.push_back(quantise_picture(model_.graph, input.channels, input.height, input.width,
                                       smooth_picture(input, generator_)));
  }
  results_.push_back(std::move(tensors));
}

NodeId ZooBuilder::append(const Operator& op, std::vector<NodeId> inputs, TensorType type,
                          std::optional<LayerWeights> weights) {
  const NodeId id = model_.graph.nodes.size();
  Node fresh{operator_name(op) + std::to_string(id), op, std::move(inputs), type, {}};
  fresh.shape = infer_shape(model_.graph, fresh);
  fresh.type.exponent = infer_exponent(model_.graph, fresh);
  model_.graph.nodes.push_back(std::move(fresh));
  model_.weights.push_back(std::move(weights));
  reachable_.push_back(reachable_result(model_, id, reachable_));
  Node& node = model_.graph.nodes[id];
  if (is_accumulator(node.op)) {
    // Known early so that the fast kernels run; finish() counts in the rounding constants.
    const Interval interval = required_interval(node, reachable_[id], 0);
    node.type.is_signed = interval.low < 0 || node.type.is_signed;
    node.type.bits = signed_bits(interval);
  }
  Tensors tensors;
  for (std::size_t picture = 0; picture < results_[0].size(); ++picture) {
    std::vector<const IntegerTensor*> operands;
    for (const NodeId input : node.inputs) operands.push_back(&results_[input].at(picture));
    tensors.push_back(evaluate(node, operands, model_.weights[id] ? &*model_.weights[id] : nullptr, 0));
  }
  results_.push_back(std::move(tensors));
  return id;
}

/// The sum of four 16-bit draws: the same on every machine, and its tails end at 3.5 deviations.
double ZooBuilder::gaussian() {
  const std::uint64_t draw = generator_();
  double sum = 0;
  for (int i = 0; i < 4; ++i) sum += static_cast<double>((draw >> (16 * i)) & 0xffffU) / 65536.0;
  return (sum - 2.0) * std::sqrt(3.0);
}

/// Does what batch norm's shift does: without it, ReLUs die or never act.
void ZooBuilder::centre_channels(NodeId id) {
  const Shape& shape = model_.graph.nodes[id].shape;
  const std::size_t plane = Shape{1, shape.height, shape.width}.elements();
  std::vector<std::int64_t>& bias = model_.weights[id]->bias;
  for (std::size_t c = 0; c < bias.size(); ++c) {
    double sum = 0;
    double squares = 0;
    for (const IntegerTensor& tensor : results_[id]) {
      for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) {
        const auto value = static_cast<double>(tensor.values[i]);
        sum += value;
        squares += value * value;
      }
    }
    const auto count = static_cast<double>(plane * results_[id].size());
    const double mean = sum / count;
    const double deviation = std::sqrt(std::max(squares / count - mean * mean, 0.0));
    bias[c] = static_cast<std::int64_t>(std::floor(gaussian() * deviation * 0.25 - mean + 0.5));
    for (IntegerTensor& tensor : results_[id]) {
      for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) tensor.values[i] += bias[c];
    }
  }
  reachable_[id] = reachable_result(model_, id, reachable_);
}

/// Weights have any scale until now: the one that brings all layers' accumulators to one range.
void ZooBuilder::scale_weights(NodeId id) {
  Node& node = model_.graph.nodes[id];
  const int exponent = accumulator_range_log2 - ceil_log2(usual_range(results_[id], false));
  const int input_exponent = model_.graph.nodes[node.inputs[0]].type.exponent;
  if (auto* conv = std::get_if<Conv2d>(&node.op)) conv->weight_type.exponent = exponent - input_exponent;
  if (auto* linear = std::get_if<Linear>(&node.op)) linear->weight_type.exponent = exponent - input_exponent;
  node.type.exponent = exponent;
  for (IntegerTensor& tensor : results_[id]) tensor.type = node.type;
}

NodeId ZooBuilder::weighted(const Operator& op, NodeId input, std::size_t fan_in, int outputs,
                            int weight_bits) {
  const auto count = static_cast<std::size_t>(outputs);
  return append(op, {input}, provisional(0),
                LayerWeights{trained_like_weights(generator_, count, fan_in, weight_bits),
                             std::vector<std::int64_t>(count)});
}

NodeId ZooBuilder::convolution(NodeId input, Window window, int out_channels, int weight_bits, int groups) {
  const std::size_t fan_in =
      Shape{node(input).shape.channels / groups, window.kernel_height, window.kernel_width}.elements();
  const NodeId id = weighted(Conv2d{window, out_channels, groups, {weight_bits, true, 0}}, input, fan_in,
                             out_channels, weight_bits);
  centre_channels(id);
  scale_weights(id);
  return id;
}

NodeId ZooBuilder::linear(NodeId input, int out_features, int weight_bits) {
  const std::size_t fan_in = node(input).shape.elements();
  // A few pictures say nothing about the mean of a logit, so logits keep the bias 0.
  const NodeId id =
      weighted(Linear{out_features, {weight_bits, true, 0}}, input, fan_in, out_features, weight_bits);
  scale_weights(id);
  return id;
}

NodeId ZooBuilder::add(NodeId a, NodeId b) { return append(Add{}, {a, b}, provisional(0)); }

NodeId ZooBuilder::max_pool(NodeId input, Window window) {
  return append(MaxPool{window}, {input}, node(input).type);
}

NodeId ZooBuilder::average_pool(NodeId input, int size) {
  Window window;
  window.kernel_height = window.kernel_width = window.stride_height = window.stride_width = size;
  return append(AvgPool{window, ceil_log2(std::int64_t{size} * size)}, {input}, node(input).type);
}

NodeId ZooBuilder::global_average_pool(NodeId input) {
  const Shape& shape = node(input).shape;
  const auto plane = static_cast<std::uint64_t>(Shape{1, shape.height, shape.width}.elements());
  return append(GlobalAvgPool{static_cast<int>(std::bit_width(plane)) - 1}, {input}, node(input).type);
}

NodeId ZooBuilder::flatten(NodeId input) { return append(Flatten{}, {input}, node(input).type); }

NodeId ZooBuilder::concat(NodeId a, NodeId b) { return append(Concat{}, {a, b}, node(a).type); }

NodeId ZooBuilder::clip(NodeId input, std::int64_t low, std::int64_t high) {
  return append(Clip{low, high}, {input}, node(input).type);
}

NodeId ZooBuilder::requantise(NodeId input, int bits, bool is_signed) {
  return requantise_together({input}, bits, is_signed).front();
}

std::vector<NodeId> ZooBuilder::requantise_together(const std::vector<NodeId>& inputs, int bits,
                                                    bool is_signed) {
  TensorType type{bits, is_signed, node(inputs.front()).type.exponent};
  for (const NodeId input : inputs) {
    const int shift =
        shift_to_fit(usual_range(results_[input], !is_signed), std::max<std::int64_t>(type.max(), 1));
    // The few pictures have one mean each of a channel: too few to know its range.
    const int headroom = std::holds_alternative<GlobalAvgPool>(node(input).op) ? 1 : 0;
    type.exponent = std::max(type.exponent, node(input).type.exponent + shift + headroom);
  }
  std::vector<NodeId> outputs;
  for (const NodeId input : inputs) {
    outputs.push_back(append(Requantise{}, {input}, type));
    // In all these networks nothing else asks for an accumulator that was requantised.
    if (is_accumulator(node(input).op)) results_[input].clear();
  }
  return outputs;
}

NodeId ZooBuilder::narrow(NodeId input, int bits) {
  return node(input).type.bits == bits ? input : requantise(input, bits, node(input).type.is_signed);
}

Model ZooBuilder::finish() {
  set_accumulator_widths(model_);
  validate(model_);
  return std::move(model_);
}

}  // namespace privquant
