#include <fmt/core.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/real_model_report.h"
#include "cli/table.h"
#include "cli/types_text.h"
#include "nn/container.h"
#include "nn/model_file.h"
#include "nn/real_model.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

struct Options {
  std::string file;
  bool json = false;
};

/// Whether `source` is a file of this kind; errors are left to who loads it.
bool is_file_of(FileKind kind, const std::string& source) {
  std::vector<char> head(container_header_bytes);
  std::ifstream stream(source, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return stream && has_magic(kind, as_bytes(head));
}

std::string kind_name(const std::string& source) {
  return is_zoo(source) || is_file_of(FileKind::model, source) ? "model" : "contract";
}

std::string scale_text(const TensorType& type) { return fmt::format("2^{}", type.exponent); }

std::string inputs_text(const Graph& graph, const Node& node) {
  std::string text;
  for (const NodeId input : node.inputs) text += (text.empty() ? "" : ", ") + graph.nodes[input].name;
  return text;
}

std::string count_text(std::uint64_t count) { return count == 0 ? "" : with_separators(count); }

void print_table(const Options& options, const Graph& graph) {
  fmt::print("{} ({})\n", graph.name, kind_name(options.file));
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

void print_json(const Options& options, const Graph& graph) {
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
  const ordered_json report{{"kind", kind_name(options.file)},
                            {"name", graph.name},
                            {"contract", to_hex(contract_hash(graph))},
                            {"labels", graph.labels},
                            {"layers", std::move(layers)},
                            {"macs", macs},
                            {"parameters", total}};
  fmt::print("{}\n", report.dump(2));
}

int inspect(const Options& options) {
  if (!is_zoo(options.file) && is_file_of(FileKind::real_model, options.file)) {
    print_real_graph(load_real_model(options.file).graph, options.json);
    return 0;
  }
  const Graph graph = open_graph(options.file);
  if (options.json) {
    print_json(options, graph);
  } else {
    print_table(options, graph);
  }
  return 0;
}

}  // namespace

Command add_inspect(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inspect", "show a network: layers, shapes, widths, scales, sizes");
  command
      ->add_option("file", options->file,
                   std::string("a contract, an imported network, ") + model_source_help)
      ->required();
  add_json(*command, options->json);
  return {command, [options] { return inspect(*options); }};
}

}  // namespace privquant
