#include "cli/traffic_report.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "cli/table.h"
#include "cli/types_text.h"
#include "plan/plan_cost.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

/// Shares a total out in parts that add up to it exactly.
class ShareOut {
 public:
  ShareOut(const Traffic& total, double weights) : total_(total), weights_(weights) {}

  Traffic next(double weight) {
    reached_ += weight;
    const double fraction = weights_ > 0 ? std::min(reached_ / weights_, 1.0) : 0;
    const Traffic until{
        static_cast<std::uint64_t>(std::llround(static_cast<double>(total_.bytes_sent) * fraction)),
        static_cast<std::uint64_t>(std::llround(static_cast<double>(total_.bytes_received) * fraction)), 0,
        total_.seconds * fraction};
    Traffic part{until.bytes_sent - given_.bytes_sent, until.bytes_received - given_.bytes_received, 0,
                 until.seconds - given_.seconds};
    given_ = until;
    return part;
  }

 private:
  Traffic total_;
  double weights_;
  double reached_ = 0;
  Traffic given_;
};

ordered_json to_json(const Traffic& traffic) {
  return {{"bytes_sent", traffic.bytes_sent},
          {"bytes_received", traffic.bytes_received},
          {"rounds", traffic.rounds},
          {"seconds", traffic.seconds}};
}

ordered_json without_rounds(const Traffic& traffic) {
  ordered_json result = to_json(traffic);
  result.erase("rounds");
  return result;
}

std::string kilobytes(std::uint64_t bytes, double share) {
  return bytes == 0 ? "" : fmt::format("{:.1f}", static_cast<double>(bytes) / share / 1e3);
}

std::string rounds(std::uint64_t count, double share) {
  return count == 0 ? "" : fmt::format("{:.4g}", static_cast<double>(count) / share);
}

std::string milliseconds(double seconds, double share) {
  const double value = seconds / share * 1e3;
  return value < 0.05 ? "" : fmt::format("{:.1f}", value);
}

std::string sentence(const char* name, const Traffic& traffic) {
  return fmt::format("{:<12} {:>10.3f} MB sent {:>10.3f} MB received {:>7} rounds {:>9.3f} s\n", name,
                     static_cast<double>(traffic.bytes_sent) / 1e6,
                     static_cast<double>(traffic.bytes_received) / 1e6, traffic.rounds, traffic.seconds);
}

}  // namespace

TrafficReport::TrafficReport(const Graph& graph, const Plan& plan, Meter& meter, std::size_t inferences)
    : inferences_(inferences),
      preparation_(meter.total(Phase::preparation)),
      online_(meter.total(Phase::online)) {
  std::map<std::string, Traffic> online;
  for (const auto& [label, traffic] : meter.by_label()) {
    if (label.phase == Phase::setup && label.functionality != outside) setup_ += traffic;
    if (label.phase == Phase::online) online[label.layer] += traffic;
  }
  std::map<NodeId, double> weights;
  double total = 0;
  const PlanCost cost = cost_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    weights[plan.steps[i].node] += cost.steps[i].preparation_bytes;
    total += cost.steps[i].preparation_bytes;
  }
  ShareOut preparation(preparation_, total);
  for (const auto& [id, weight] : weights) {
    const Node& node = graph.nodes[id];
    layers_.push_back({node.name, operator_name(node.op), widths_of(graph, node), preparation.next(weight),
                       online[node.name]});
  }
}

std::string TrafficReport::table() const {
  Table table({{"layer", Align::left},
               {"operator", Align::left},
               {"widths", Align::left},
               {"prep. sent kB"},
               {"recv. kB"},
               {"rounds"},
               {"ms"},
               {"│", Align::left},
               {"online sent kB"},
               {"recv. kB"},
               {"rounds"},
               {"ms"}});
  const auto share = static_cast<double>(inferences_ == 0 ? 1 : inferences_);
  const auto add = [&](const Layer& layer) {
    std::vector<std::string> row{layer.name, layer.op, layer.widths};
    for (const Traffic* traffic : {&layer.preparation, &layer.online}) {
      if (traffic == &layer.online) row.emplace_back("│");
      row.push_back(kilobytes(traffic->bytes_sent, share));
      row.push_back(kilobytes(traffic->bytes_received, share));
      row.push_back(rounds(traffic->rounds, share));
      row.push_back(milliseconds(traffic->seconds, share));
    }
    table.add_row(std::move(row));
  };
  for (const Layer& layer : layers_) add(layer);
  table.add_rule();
  add({"total", "", "", preparation_, online_});
  return fmt::format(
             "Cost of one inference (mean of {}) as this party sees it; preparation runs for all layers at "
             "once and is "
             "shared out\n",
             inferences_) +
         table.text() + fmt::format("\nAltogether, {} inferences\n", inferences_) +
         sentence("set-up", setup_) + sentence("preparation", preparation_) + sentence("online", online_);
}

ordered_json TrafficReport::json() const {
  ordered_json layers = ordered_json::array();
  for (const Layer& layer : layers_) {
    layers.push_back({{"name", layer.name},
                      {"operator", layer.op},
                      {"widths", layer.widths},
                      {"preparation", without_rounds(layer.preparation)},
                      {"online", to_json(layer.online)}});
  }
  return {{"inferences", inferences_},
          {"setup", to_json(setup_)},
          {"preparation", to_json(preparation_)},
          {"online", to_json(online_)},
          {"layers", std::move(layers)}};
}

}  // namespace privquant
