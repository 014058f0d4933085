#include "cli/real_model_report.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/table.h"
#include "nn/overloaded.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

std::string text(const Window& w) {
  std::string result = fmt::format("{}×{}", w.kernel_height, w.kernel_width);
  if (w.stride_height != 1 || w.stride_width != 1) {
    result += fmt::format(" stride {}×{}", w.stride_height, w.stride_width);
  }
  if (w.dilation_height != 1 || w.dilation_width != 1) {
    result += fmt::format(" dilation {}×{}", w.dilation_height, w.dilation_width);
  }
  if (w.pad_top + w.pad_left + w.pad_bottom + w.pad_right > 0) {
    result += fmt::format(" pads {},{},{},{}", w.pad_top, w.pad_left, w.pad_bottom, w.pad_right);
  }
  return result;
}

/// What the operator's name and shape do not tell.
std::string details(const Node& node) {
  return std::visit(
      Overloaded{
          [](const Conv2d& conv) {
            return text(conv.window) + (conv.groups == 1 ? "" : fmt::format(" groups {}", conv.groups));
          },
          [](const MaxPool& pool) { return text(pool.window); },
          [](const AvgPool& pool) { return text(pool.window); },
          [&](const Clip& clip) {
            const auto real = [&](std::int64_t limit) {
              return std::ldexp(static_cast<double>(limit), node.type.exponent);
            };
            return fmt::format("{:.6g} to {:.6g}", real(clip.low), real(clip.high));
          },
          [](const PadChannels& pad) { return fmt::format("{} before, {} after", pad.before, pad.after); },
          [](const auto&) { return std::string(); },
      },
      node.op);
}

struct Totals {
  std::uint64_t macs = 0;
  std::uint64_t parameters = 0;
};

Totals totals(const Graph& graph) {
  Totals result;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    result.macs += multiply_accumulates(graph, id);
    result.parameters += parameters(graph, id);
  }
  return result;
}

std::string count_text(std::uint64_t count) { return count == 0 ? "" : with_separators(count); }

void print_table(const Graph& graph) {
  fmt::print("{} (imported, not quantised)\n", graph.name);
  if (!graph.labels.empty()) fmt::print("{} class labels\n", graph.labels.size());
  fmt::print("\n");
  Table table({{"layer", Align::left},
               {"operator", Align::left},
               {"details", Align::left},
               {"inputs", Align::left},
               {"shape", Align::left},
               {"MACs"},
               {"parameters"}});
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    std::string inputs;
    for (const NodeId input : node.inputs) inputs += (inputs.empty() ? "" : ", ") + graph.nodes[input].name;
    table.add_row({node.name, operator_name(node.op), details(node), inputs, to_string(node.shape),
                   count_text(multiply_accumulates(graph, id)), count_text(parameters(graph, id))});
  }
  const Totals sum = totals(graph);
  table.add_rule();
  table.add_row({"total", "", "", "", "", with_separators(sum.macs), with_separators(sum.parameters)});
  fmt::print("{}", table.text());
}

void print_json(const Graph& graph) {
  ordered_json layers = ordered_json::array();
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    ordered_json layer{{"name", node.name},
                       {"operator", operator_name(node.op)},
                       {"details", details(node)},
                       {"inputs", node.inputs}};
    layer["shape"] = {node.shape.channels, node.shape.height, node.shape.width};
    layer["macs"] = multiply_accumulates(graph, id);
    layer["parameters"] = parameters(graph, id);
    layers.push_back(std::move(layer));
  }
  const Totals sum = totals(graph);
  const ordered_json report{{"kind", "imported"},
                            {"name", graph.name},
                            {"labels", graph.labels},
                            {"mean", graph.preprocessing.mean},
                            {"deviation", graph.preprocessing.deviation},
                            {"layers", std::move(layers)},
                            {"macs", sum.macs},
                            {"parameters", sum.parameters}};
  fmt::print("{}\n", report.dump(2));
}

}  // namespace

void print_real_graph(const Graph& graph, bool json) {
  if (json) {
    print_json(graph);
  } else {
    print_table(graph);
  }
}

}  // namespace privquant
