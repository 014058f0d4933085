#include "cli/model_report.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "cli/table.h"
#include "cli/types_text.h"
#include "nn/model_file.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

std::string scale_text(const TensorType& type) { return fmt::format("2^{}", type.exponent); }

std::string inputs_text(const Graph& graph, const Node& node) {
  std::string text;
  for (const NodeId input : node.inputs) text += (text.empty() ? "" : ", ") + graph.nodes[input].name;
  return text;
}

std::string count_text(std::uint64_t count) { return count == 0 ? "" : with_separators(count); }

void print_table(const Graph& graph, const std::string& kind) {
  fmt::print("{} ({})\n", graph.name, kind);
  fmt::print("contract {}\n", to_hex(contract_hash(graph)));
  if (!graph.labels.empty()) fmt::print("{} class labels\n", graph.labels.size());
  fmt::print("\n");
  Table table({{"layer", Align::left},
               {"operator", Align::left},
               {"inputs", Align::left},
               {"shape", Align::left},
               {"widths", Align::left},
               {"scale", Align::left},
               {"weight scale", Align::left},
               {"MACs"},
               {"parameters"}});
  std::uint64_t macs = 0;
  std::uint64_t total = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    const TensorType* weights = weight_type_of(node);
    table.add_row({node.name, operator_name(node.op), inputs_text(graph, node), to_string(node.shape),
                   widths_of(graph, node), scale_text(node.type),
                   weights == nullptr ? "" : scale_text(*weights),
                   count_text(multiply_accumulates(graph, id)), count_text(parameters(graph, id))});
    macs += multiply_accumulates(graph, id);
    total += parameters(graph, id);
  }
  table.add_rule();
  table.add_row({"total", "", "", "", "", "", "", with_separators(macs), with_separators(total)});
  fmt::print("{}", table.text());
}

ordered_json to_json(const TensorType& type) {
  return {{"bits", type.bits}, {"signed", type.is_signed}, {"exponent", type.exponent}};
}

void print_json(const Graph& graph, const std::string& kind) {
  ordered_json layers = ordered_json::array();
  std::uint64_t macs = 0;
  std::uint64_t total = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    ordered_json layer{{"name", node.name}, {"operator", operator_name(node.op)}, {"inputs", node.inputs}};
    layer["shape"] = {node.shape.channels, node.shape.height, node.shape.width};
    layer["type"] = to_json(node.type);
    if (const TensorType* weights = weight_type_of(node)) layer["weight_type"] = to_json(*weights);
    layer["macs"] = multiply_accumulates(graph, id);
    layer["parameters"] = parameters(graph, id);
    layers.push_back(std::move(layer));
    macs += multiply_accumulates(graph, id);
    total += parameters(graph, id);
  }
  const ordered_json report{
      {"kind", kind},           {"name", graph.name},          {"contract", to_hex(contract_hash(graph))},
      {"labels", graph.labels}, {"layers", std::move(layers)}, {"macs", macs},
      {"parameters", total}};
  fmt::print("{}\n", report.dump(2));
}

}  // namespace

void print_model(const Graph& graph, const std::string& kind, bool json) {
  if (json) {
    print_json(graph, kind);
  } else {
    print_table(graph, kind);
  }
}

}  // namespace privquant
