#include <proto/privquant.pb.h>

#include "base/error.h"
#include "nn/layer_counts.h"
#include "nn/limits.h"
#include "nn/node_error.h"
#include "nn/parse_message.h"
#include "nn/schema.h"

namespace privquant {

namespace {

constexpr std::uint32_t format_version = 1;
constexpr int one_byte_bits = 8;

/// Bytes of one stored weight; 0 for a node without weights.
std::size_t stored_bytes(const Node& node) {
  const auto bytes_of = [](const TensorType& type) -> std::size_t {
    return type.bits <= one_byte_bits ? 1 : 2;
  };
  if (const auto* conv = std::get_if<Conv2d>(&node.op)) return bytes_of(conv->weight_type);
  if (const auto* linear = std::get_if<Linear>(&node.op)) return bytes_of(linear->weight_type);
  return 0;
}

std::string pack_weights(const std::vector<std::int16_t>& weights, std::size_t width) {
  std::string bytes;
  bytes.reserve(weights.size() * width);
  for (const std::int16_t weight : weights) {
    const auto word = static_cast<std::uint16_t>(weight);
    bytes.push_back(static_cast<char>(word & 0xffU));
    if (width == 2) bytes.push_back(static_cast<char>(word >> 8));
  }
  return bytes;
}

std::vector<std::int16_t> unpack_weights(const std::string& bytes, std::size_t width) {
  std::vector<std::int16_t> weights(bytes.size() / width);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (width == 1) {
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): a weight's sign is meant to be extended.
      weights[i] = static_cast<std::int8_t>(bytes[i]);
    } else {
      const auto low = static_cast<std::uint8_t>(bytes[2 * i]);
      const auto high = static_cast<std::uint8_t>(bytes[2 * i + 1]);
      weights[i] = static_cast<std::int16_t>(low | (high << 8));
    }
  }
  return weights;
}

LayerWeights decode(const Graph& graph, const proto::Layer& message) {
  const Node& node = graph.nodes[message.node()];
  const std::size_t width = stored_bytes(node);
  if (width == 0) fail_node(node, "this operator has no weights, but some are given");
  const std::uint64_t biases = static_cast<std::uint64_t>(node.shape.channels);
  const std::uint64_t weights = parameters(graph, message.node()) - biases;
  if (message.weights().size() != weights * width ||
      static_cast<std::uint64_t>(message.bias_size()) != biases) {
    fail_node(node, "{} bytes of weights and {} biases where {} and {} belong", message.weights().size(),
              message.bias_size(), weights * width, biases);
  }
  return {unpack_weights(message.weights(), width), {message.bias().begin(), message.bias().end()}};
}

}  // namespace

std::string encode_model(const Model& model) {
  proto::ModelFile message;
  message.set_format_version(format_version);
  message.set_contract(encode_contract(model.graph));
  for (NodeId id = 0; id < model.weights.size(); ++id) {
    if (!model.weights[id]) continue;
    proto::Layer& layer = *message.add_layers();
    layer.set_node(static_cast<std::uint32_t>(id));
    layer.set_weights(pack_weights(model.weights[id]->weights, stored_bytes(model.graph.nodes[id])));
    layer.mutable_bias()->Assign(model.weights[id]->bias.begin(), model.weights[id]->bias.end());
  }
  return message.SerializeAsString();
}

Model decode_model(Bytes bytes) {
  if (bytes.size() > max_model_bytes) {
    fail(ErrorCode::file, "the model file has {} bytes, more than {}; use a smaller network", bytes.size(),
         max_model_bytes);
  }
  const auto message =
      parse_message<proto::ModelFile>(bytes, "model file", proto::ModelFile::kLayersFieldNumber, max_nodes);
  check_format_version(message.format_version(), format_version, "model file");
  Model model;
  model.graph = decode_contract(as_bytes(message.contract()));
  model.weights.resize(model.graph.nodes.size());
  for (const proto::Layer& layer : message.layers()) {
    std::optional<LayerWeights>& entry = free_entry(model.graph, model.weights, layer.node());
    entry = decode(model.graph, layer);
  }
  validate(model);
  return model;
}

}  // namespace privquant
