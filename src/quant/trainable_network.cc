#include "quant/trainable_network.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "nn/node_error.h"
#include "nn/overloaded.h"
#include "quant/fake_quantise.h"

namespace privquant {
namespace {

torch::Tensor padded(const torch::Tensor& input, const Window& window, double value) {
  if (window.pad_left + window.pad_right + window.pad_top + window.pad_bottom == 0) return input;
  return torch::constant_pad_nd(input, {window.pad_left, window.pad_right, window.pad_top, window.pad_bottom},
                                value);
}

torch::Tensor max_pool(const torch::Tensor& input, const Window& window) {
  return torch::max_pool2d(padded(input, window, -std::numeric_limits<double>::infinity()),
                           {window.kernel_height, window.kernel_width},
                           {window.stride_height, window.stride_width}, {0, 0},
                           {window.dilation_height, window.dilation_width});
}

torch::Tensor average_pool(const torch::Tensor& input, const Window& window, int log2_divisor) {
  return torch::avg_pool2d(padded(input, window, 0), {window.kernel_height, window.kernel_width},
                           {window.stride_height, window.stride_width}, {0, 0}, false, true,
                           std::int64_t{1} << log2_divisor);
}

}  // namespace

TrainableNetwork::TrainableNetwork(Graph graph) : graph_(std::move(graph)), layers_(graph_.nodes.size()) {
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_.nodes[id];
    if (std::holds_alternative<Clip>(node.op) || std::holds_alternative<ArgMax>(node.op)) {
      fail_node(node, "cannot be trained; clip with a Requantise, and let the client find the greatest");
    }
    if (privquant::parameters(graph_, id) != 0) layers_[id] = make_layer(id);
  }
}

TrainableNetwork::Layer TrainableNetwork::make_layer(NodeId id) {
  const Node& node = graph_.nodes[id];
  const Shape& input = graph_.nodes[node.inputs.at(0)].shape;
  const std::int64_t outputs = node.shape.channels;
  Layer layer;
  double fan_in = static_cast<double>(input.elements());
  torch::Tensor weight;
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    const std::int64_t group_channels = input.channels / conv->groups;
    const Window& window = conv->window;
    weight = torch::randn({outputs, group_channels, window.kernel_height, window.kernel_width});
    fan_in = static_cast<double>(group_channels * window.kernel_height * window.kernel_width);
    layer.norm = register_module(node.name + "_norm", torch::nn::BatchNorm2d(outputs));
  } else {
    weight = torch::randn({outputs, static_cast<std::int64_t>(input.elements())});
  }
  layer.weight = register_parameter(node.name + "_weight", weight * std::sqrt(2.0 / fan_in));
  layer.bias = register_parameter(node.name + "_bias", torch::zeros({outputs}));
  return layer;
}

torch::Tensor TrainableNetwork::apply_linear_layer(NodeId id, const torch::Tensor& input) {
  const Node& node = graph_.nodes[id];
  const Layer& layer = *layers_[id];
  const auto* conv = std::get_if<Conv2d>(&node.op);
  torch::Tensor weight = layer.weight;
  torch::Tensor bias = layer.bias;
  if (quantised_) {
    weight = fake_quantise_weights(weight, conv ? conv->weight_type : std::get<Linear>(node.op).weight_type);
    bias = fake_quantise_bias(bias, node.type.exponent);
  }
  if (!conv) return torch::linear(input.flatten(1), weight, bias);

  const Window& window = conv->window;
  torch::Tensor result = torch::conv2d(
      padded(input, window, 0), weight, bias, torch::IntArrayRef({window.stride_height, window.stride_width}),
      torch::IntArrayRef({0, 0}), torch::IntArrayRef({window.dilation_height, window.dilation_width}),
      conv->groups);
  return layer.norm.is_empty() ? result : torch::nn::BatchNorm2d(layer.norm)(result);
}

torch::Tensor TrainableNetwork::apply(NodeId id, const std::vector<torch::Tensor>& results) {
  const Node& node = graph_.nodes[id];
  const auto input = [&](std::size_t index) { return results[node.inputs.at(index)]; };
  return std::visit(
      Overloaded{
          [&](const Conv2d&) { return apply_linear_layer(id, input(0)); },
          [&](const Linear&) { return apply_linear_layer(id, input(0)); },
          [&](const Add&) { return input(0) + input(1); },
          [&](const Relu&) { return torch::relu(input(0)); },
          [&](const Requantise&) {
            if (quantised_) return fake_quantise(input(0), node.type);
            return node.type.is_signed ? input(0) : torch::relu(input(0));
          },
          [&](const MaxPool& pool) { return max_pool(input(0), pool.window); },
          [&](const AvgPool& pool) { return average_pool(input(0), pool.window, pool.log2_divisor); },
          [&](const GlobalAvgPool& pool) {
            return input(0).sum({2, 3}, true) * std::ldexp(1.0, -pool.log2_divisor);
          },
          [&](const Flatten&) { return input(0).flatten(1); },
          [&](const Concat&) {
            std::vector<torch::Tensor> parts;
            for (std::size_t i = 0; i < node.inputs.size(); ++i) parts.push_back(input(i));
            return torch::cat(parts, 1);
          },
          [&](const PadChannels& pad) {
            return torch::constant_pad_nd(input(0), {0, 0, 0, 0, pad.before, pad.after}, 0);
          },
          [&](const auto&) -> torch::Tensor { fail_node(node, "cannot be trained"); },
      },
      node.op);
}

torch::Tensor TrainableNetwork::forward(const torch::Tensor& pictures, const Observer& observe) {
  std::vector<torch::Tensor> results{pictures};
  if (observe) observe(0, pictures);
  for (NodeId id = 1; id < graph_.nodes.size(); ++id) {
    results.push_back(apply(id, results));
    if (observe) observe(id, results.back());
  }
  return results.back().flatten(1);
}

}  // namespace privquant
