#include <proto/privquant.pb.h>

#include "base/error.h"
#include "nn/layer_counts.h"
#include "nn/limits.h"
#include "nn/parse_message.h"
#include "nn/schema.h"

namespace privquant {

namespace {

constexpr std::uint32_t format_version = 1;

}  // namespace

std::string encode_real_model(const RealModel& model) {
  proto::RealModelFile message;
  message.set_format_version(format_version);
  message.set_contract(encode_contract(model.graph));
  for (NodeId id = 0; id < model.weights.size(); ++id) {
    if (!model.weights[id]) continue;
    proto::RealLayer& layer = *message.add_layers();
    layer.set_node(static_cast<std::uint32_t>(id));
    layer.mutable_weights()->Assign(model.weights[id]->weights.begin(), model.weights[id]->weights.end());
    layer.mutable_bias()->Assign(model.weights[id]->bias.begin(), model.weights[id]->bias.end());
  }
  return message.SerializeAsString();
}

RealModel decode_real_model(Bytes bytes) {
  const auto message = parse_message<proto::RealModelFile>(
      bytes, "imported network", proto::RealModelFile::kLayersFieldNumber, max_nodes);
  check_format_version(message.format_version(), format_version, "imported network");
  RealModel model;
  model.graph = decode_structure(as_bytes(message.contract()));
  model.weights.resize(model.graph.nodes.size());
  for (const proto::RealLayer& layer : message.layers()) {
    free_entry(model.graph, model.weights, layer.node()) = RealWeights{
        {layer.weights().begin(), layer.weights().end()}, {layer.bias().begin(), layer.bias().end()}};
  }
  validate(model);
  return model;
}

}  // namespace privquant
