#include "search/layer_table.h"

#include <algorithm>

#include "base/error.h"
#include "plan/plan_report.h"

namespace privquant {

std::vector<LayerRow> layer_table(const Graph& graph, const NetworkWidths& widths,
                                  const std::vector<std::optional<double>>& sensitivity,
                                  const PriceOptions& options) {
  const std::vector<NodeId> nodes = weighted_nodes(graph);
  PQ_CHECK(!nodes.empty() && widths.size() == nodes.size() && sensitivity.size() == nodes.size());
  std::vector<LayerRow> rows;
  rows.reserve(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = graph.nodes[nodes[i]];
    rows.push_back({node.name, widths[i], node.type.bits, sensitivity[i], 0, 0, 0});
  }
  const Plan plan = make_plan(graph, options.plan);
  const PlanReport report = report_on(plan, options.calibration, options.link, options.memory_budget);
  double total = 0;
  for (const LayerReport& layer : report.layers) {
    const auto after = std::upper_bound(nodes.begin() + 1, nodes.end(), layer.node);
    LayerRow& row = rows[static_cast<std::size_t>(after - nodes.begin()) - 1];
    row.bytes += layer.bytes();
    row.seconds += layer.seconds;
    double part = static_cast<double>(layer.bytes());
    if (options.unit == PriceUnit::seconds) part = layer.seconds;
    if (options.unit == PriceUnit::linear_bytes) {
      const auto found = layer.by_functionality.find("convolve");
      part = found == layer.by_functionality.end() ? 0 : static_cast<double>(found->second);
    }
    row.share += part;
    total += part;
  }
  for (LayerRow& row : rows) row.share = total > 0 ? row.share / total : 0;
  return rows;
}

}  // namespace privquant
