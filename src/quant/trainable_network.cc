#include "quant/trainable_network.h"

#include <torch/nn/modules/batchnorm.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "nn/executor.h"
#include "nn/node_error.h"
#include "nn/overloaded.h"
#include "quant/exponents.h"
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

bool has_even_padding(const Window& window) {
  return window.pad_top == window.pad_bottom && window.pad_left == window.pad_right;
}

torch::Tensor convolve(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                       const Conv2d& conv) {
  const Window& window = conv.window;
  // A padding of its own is one more pass over the memory, so only where the convolution cannot do it.
  const bool even = has_even_padding(window);
  const std::vector<std::int64_t> padding =
      even ? std::vector<std::int64_t>{window.pad_top, window.pad_left} : std::vector<std::int64_t>{0, 0};
  return torch::conv2d(even ? input : padded(input, window, 0), weight, bias,
                       torch::IntArrayRef({window.stride_height, window.stride_width}), padding,
                       torch::IntArrayRef({window.dilation_height, window.dilation_width}), conv.groups);
}

std::vector<std::int64_t> weight_shape(const Graph& graph, const Node& node) {
  const Shape& input = graph.nodes[node.inputs.at(0)].shape;
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) {
    return {node.shape.channels, input.channels / conv->groups, conv->window.kernel_height,
            conv->window.kernel_width};
  }
  return {node.shape.channels, static_cast<std::int64_t>(input.elements())};
}

void refuse_untrainable(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<ArgMax>(node.op))
      fail_node(node, "cannot be trained; let the client find the greatest");
  }
}

torch::Tensor tensor_of(const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
  torch::Tensor result = torch::empty(shape);
  PQ_CHECK(static_cast<std::size_t>(result.numel()) == values.size());
  std::copy(values.begin(), values.end(), result.data_ptr<float>());
  return result;
}

/// Torch allows no dots, and nodes are called as their authors liked.
std::string registered_name(NodeId id) { return "node" + std::to_string(id); }

std::vector<float> vector_of(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous().flatten();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace

TrainableNetwork::TrainableNetwork(Graph graph)
    : graph_(std::move(graph)), layers_(graph_.nodes.size()), exponents_(graph_.nodes.size()) {
  refuse_untrainable(graph_);
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    if (weight_type(graph_.nodes[id])) register_layer(id, draw_layer(id));
  }
}

TrainableNetwork::TrainableNetwork(Graph graph, const AllRealWeights& weights)
    : graph_(std::move(graph)), layers_(graph_.nodes.size()), exponents_(graph_.nodes.size()) {
  refuse_untrainable(graph_);
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_.nodes[id];
    if (!weight_type(node)) continue;
    PQ_CHECK(weights.at(id));
    register_layer(id, {tensor_of(weights[id]->weights, weight_shape(graph_, node)),
                        tensor_of(weights[id]->bias, {node.shape.channels}),
                        nullptr,
                        {}});
  }
}

TrainableNetwork::Layer TrainableNetwork::draw_layer(NodeId id) {
  const Node& node = graph_.nodes[id];
  const std::vector<std::int64_t> shape = weight_shape(graph_, node);
  Layer layer;
  layer.weight = torch::randn(shape);
  const double fan_in = static_cast<double>(layer.weight.numel() / shape[0]);
  layer.weight *= std::sqrt(2.0 / fan_in);
  layer.bias = torch::zeros({shape[0]});
  if (std::holds_alternative<Conv2d>(node.op)) layer.norm = torch::nn::BatchNorm2d(shape[0]);
  return layer;
}

void TrainableNetwork::register_layer(NodeId id, Layer layer) {
  const std::string name = registered_name(id);
  // What is convolved keeps its channels together in memory: twice as fast.
  if (layer.weight.dim() == 4) layer.weight = layer.weight.contiguous(torch::MemoryFormat::ChannelsLast);
  layer.weight = register_parameter(name + "_weight", layer.weight);
  layer.bias = register_parameter(name + "_bias", layer.bias);
  layer.norm_name = name + "_norm";
  if (!layer.norm.is_empty()) register_module(layer.norm_name, layer.norm);
  layers_[id] = std::move(layer);
}

torch::Tensor TrainableNetwork::learned_exponent(NodeId id) const {
  return learns_exponents_ ? exponents_[id] : torch::Tensor();
}

torch::Tensor TrainableNetwork::quantised_bias(NodeId id) const {
  const int exponent = graph_.nodes[id].type.exponent;
  const torch::Tensor bias = fake_quantise_bias(layers_[id]->bias, exponent);
  return limits_.empty() ? bias : limit_bias(bias, exponent, *limits_[id]);
}

torch::Tensor TrainableNetwork::quantised_weight(NodeId id) const {
  const Node& node = graph_.nodes[id];
  const TensorType& type = *weight_type(node);
  torch::Tensor weight = layers_[id]->weight;
  if (!limits_.empty()) {
    const torch::Tensor integer_bias =
        quantised_bias(id).detach().to(torch::kFloat64) * std::ldexp(1.0, -node.type.exponent);
    weight = limit_weights(weight, type, integer_bias, *limits_[id]);
  }
  return fake_quantise_weights(weight, type, learned_exponent(id));
}

torch::Tensor TrainableNetwork::apply_linear_layer(NodeId id, const torch::Tensor& input) {
  const Node& node = graph_.nodes[id];
  const Layer& layer = *layers_[id];
  const torch::Tensor weight = quantised_ ? quantised_weight(id) : layer.weight;
  const torch::Tensor bias = quantised_ ? quantised_bias(id) : layer.bias;
  const auto* conv = std::get_if<Conv2d>(&node.op);
  if (!conv) return torch::linear(input.flatten(1), weight, bias);
  const torch::Tensor result = convolve(input, weight, bias, *conv);
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
          [&](const Clip& clip) {
            const double unit = std::ldexp(1.0, node.type.exponent);
            return input(0).clamp(static_cast<double>(clip.low) * unit,
                                  static_cast<double>(clip.high) * unit);
          },
          [&](const Requantise&) {
            if (quantised_) return fake_quantise(input(0), node.type, learned_exponent(id));
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
  if (learns_exponents_) follow_learned_exponents();
  const torch::Tensor input = pictures.contiguous(torch::MemoryFormat::ChannelsLast);
  const std::vector<NodeId> last_use = last_uses(graph_);
  std::vector<torch::Tensor> results{quantised_ ? fake_quantise(input, graph_.input().type) : input};
  if (observe) observe(0, results[0]);
  for (NodeId id = 1; id < graph_.nodes.size(); ++id) {
    results.push_back(apply(id, results));
    if (observe) observe(id, results.back());
    // What a gradient needs, autograd keeps itself.
    for (const NodeId from : graph_.nodes[id].inputs) {
      if (last_use[from] == id) results[from].reset();
    }
  }
  return results.back().flatten(1);
}

void TrainableNetwork::quantise() {
  PQ_CHECK(children().empty());
  quantised_ = true;
}

void TrainableNetwork::keep_accumulators(RealReach reach) {
  PQ_CHECK(quantised_);
  reach_ = std::move(reach);
  limits_ = accumulator_limits(graph_, reach_);
}

void TrainableNetwork::follow_learned_exponents() {
  set_exponents(graph_,
                [this](NodeId id) { return static_cast<int>(std::lround(exponents_[id].item<float>())); });
  if (!limits_.empty()) limits_ = accumulator_limits(graph_, reach_);
}

void TrainableNetwork::learn_exponents(bool learned) {
  PQ_CHECK(quantised_);
  learns_exponents_ = learned;
  if (!learned) return;
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_.nodes[id];
    const TensorType* weights = weight_type(node);
    if (!weights && !std::holds_alternative<Requantise>(node.op)) continue;
    const auto exponent = static_cast<float>(weights ? weights->exponent : node.type.exponent);
    exponents_[id] = torch::full({1}, exponent).requires_grad_();
  }
}

std::vector<torch::Tensor> TrainableNetwork::exponent_parameters() const {
  std::vector<torch::Tensor> result;
  for (const torch::Tensor& exponent : exponents_) {
    if (exponent.defined()) result.push_back(exponent);
  }
  return result;
}

torch::Tensor TrainableNetwork::exponents() const {
  // Two rows: what is used, what is learned.
  torch::Tensor result = torch::zeros({2, static_cast<std::int64_t>(graph_.nodes.size())});
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const auto column = static_cast<std::int64_t>(id);
    const TensorType* weights = weight_type(graph_.nodes[id]);
    result[0][column] = weights ? weights->exponent : graph_.nodes[id].type.exponent;
    if (exponents_[id].defined()) result[1][column] = exponents_[id].detach()[0];
  }
  return result;
}

void TrainableNetwork::restore_exponents(const torch::Tensor& exponents) {
  if (exponents.dim() != 2 || exponents.size(1) != static_cast<std::int64_t>(graph_.nodes.size()))
    fail(ErrorCode::file, "the checkpoint belongs to another network; remove it and begin again");
  const torch::NoGradGuard no_gradient;
  const auto row = [&](int which, NodeId id) {
    return exponents[which][static_cast<std::int64_t>(id)].item<float>();
  };
  set_exponents(graph_, [&](NodeId id) { return static_cast<int>(std::lround(row(0, id))); });
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    if (exponents_[id].defined()) exponents_[id].fill_(row(1, id));
  }
  if (!limits_.empty()) limits_ = accumulator_limits(graph_, reach_);
}

AllRealWeights TrainableNetwork::real_weights() const {
  PQ_CHECK(children().empty());
  AllRealWeights result(layers_.size());
  for (NodeId id = 0; id < layers_.size(); ++id) {
    if (layers_[id]) result[id] = RealWeights{vector_of(layers_[id]->weight), vector_of(layers_[id]->bias)};
  }
  return result;
}

}  // namespace privquant
