#include "nn/real_model.h"

#include <algorithm>
#include <cmath>

#include "nn/container.h"
#include "nn/files.h"
#include "nn/layer_counts.h"
#include "nn/node_error.h"
#include "nn/schema.h"

namespace privquant {

namespace {

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

void check_layer(const RealModel& model, NodeId id) {
  const RealWeights& layer = checked_layer(model.graph, id, model.weights[id]);
  if (!all_finite(layer.weights) || !all_finite(layer.bias)) {
    fail_node(model.graph.nodes[id], "some weight or bias is no finite number; train it again");
  }
}

}  // namespace

void validate(const RealModel& model) {
  validate_structure(model.graph);
  check_entries(model.graph, model.weights);
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    if (std::holds_alternative<Requantise>(node.op) || std::holds_alternative<ArgMax>(node.op)) {
      fail_node(node, "a network in real numbers has no such operator; remove it");
    }
    if (parameters(model.graph, id) != 0) {
      check_layer(model, id);
    } else if (model.weights[id]) {
      fail_node(node, "this operator has no weights, but some are given");
    }
  }
}

std::string serialise_real_model(const RealModel& model) {
  return wrap(FileKind::real_model, encode_real_model(model));
}

RealModel parse_real_model(Bytes bytes) {
  if (bytes.size() > max_model_bytes) {
    fail(ErrorCode::file, "the imported network has {} bytes, more than {}; use a smaller network",
         bytes.size(), max_model_bytes);
  }
  return decode_real_model(unwrap(FileKind::real_model, bytes));
}

RealModel load_real_model(const std::filesystem::path& path) {
  return read_named(path, max_model_bytes,
                    [](const std::vector<std::uint8_t>& bytes) { return parse_real_model(bytes); });
}

void save_real_model(const RealModel& model, const std::filesystem::path& path) {
  validate(model);
  const std::string bytes = serialise_real_model(model);
  if (bytes.size() > max_model_bytes) {
    fail(ErrorCode::model, "the network takes {} bytes, more than the {} of a file; use a smaller network",
         bytes.size(), max_model_bytes);
  }
  replace_file(path, bytes, Readers::owner);
}

}  // namespace privquant
