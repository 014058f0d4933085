#include "cli/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "cli/table.h"
#include "cli/types_text.h"
#include "plan/plan_summary.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t named_layers = 8;  // as many as an error message bears

NodeId find_layer(const Graph& graph, const std::string& layer) {
  const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [&](const Node& candidate) { return candidate.name == layer; });
  if (node != graph.nodes.end()) return static_cast<NodeId>(node - graph.nodes.begin());
  std::vector<std::string> names;
  for (const Node& candidate : graph.nodes) {
    if (names.size() < named_layers) names.push_back(candidate.name);
  }
  fail(ErrorCode::usage, "the network {} has no layer '{}'; it has {}{} (privquant inspect lists them)",
       graph.name, layer, fmt::join(names, ", "), names.size() < graph.nodes.size() ? ", …" : "");
}

std::vector<const Choice*> choices_of(const Plan& plan, NodeId node) {
  std::vector<const Choice*> choices;
  for (const Choice& choice : plan.choices) {
    if (choice.node == node) choices.push_back(&choice);
  }
  return choices;
}

/// Bytes of a candidate that is possible at all.
std::uint64_t whole(double bytes) { return static_cast<std::uint64_t>(std::llround(bytes)); }

}  // namespace

std::string explanation_text(const Graph& graph, const Plan& plan, const std::string& layer) {
  const NodeId id = find_layer(graph, layer);
  const Node& node = graph.nodes[id];
  std::string text = fmt::format("{}: {} {}, {}, a round weighed as {} bytes\n", node.name,
                                 operator_name(node.op), widths_of(graph, node), summary_of(plan),
                                 with_separators(plan.protocol_choices.round_bytes));
  const auto choices = choices_of(plan, id);
  if (choices.empty()) text += "the planner had nothing to choose here: there is one way to compute it\n";
  for (const Choice* choice : choices) {
    text += fmt::format("\n{}\n", choice->subject);
    Table table(
        {{"", Align::left}, {"candidate", Align::left}, {"bytes"}, {"rounds"}, {" why", Align::left}});
    for (std::size_t i = 0; i < choice->candidates.size(); ++i) {
      const Candidate& candidate = choice->candidates[i];
      const bool possible = std::isfinite(candidate.bytes);
      table.add_row({i == choice->chosen ? "→" : "", candidate.name,
                     possible ? with_separators(whole(candidate.bytes)) : "",
                     possible ? fmt::format("{}", candidate.rounds) : "", " " + candidate.why});
    }
    text += table.text();
  }
  text += "\nsteps\n";
  for (const Step& step : plan.steps) {
    if (step.node != id) continue;
    text += fmt::format("  {}", functionality_name(step.operation));
    for (const ValueId input : step.inputs) text += fmt::format(" {}", plan.values[input].width.bits());
    if (step.output) text += fmt::format(" → {} bits", plan.values[*step.output].width.bits());
    text += "\n";
  }
  return text;
}

ordered_json explanation_json(const Graph& graph, const Plan& plan, const std::string& layer) {
  ordered_json decisions = ordered_json::array();
  for (const Choice* choice : choices_of(plan, find_layer(graph, layer))) {
    ordered_json candidates = ordered_json::array();
    for (const Candidate& candidate : choice->candidates) {
      ordered_json entry{{"name", candidate.name}, {"why", candidate.why}};
      if (std::isfinite(candidate.bytes)) {
        entry["bytes"] = whole(candidate.bytes);
        entry["rounds"] = candidate.rounds;
      }
      candidates.push_back(std::move(entry));
    }
    decisions.push_back({{"subject", choice->subject},
                         {"chosen", choice->candidates.at(choice->chosen).name},
                         {"candidates", std::move(candidates)}});
  }
  return {{"layer", layer},
          {"profile", plan.options.profile},
          {"ot", name_of(plan.protocol_choices.extension)},
          {"linear", name_of(plan.options.linear)},
          {"round_bytes", plan.protocol_choices.round_bytes},
          {"decisions", std::move(decisions)}};
}

}  // namespace privquant
