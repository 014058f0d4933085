#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "plan/lowering.h"
#include "plan/widths.h"

namespace privquant {
namespace {

constexpr std::array<std::pair<std::string_view, LinearPreparation>, linear_preparations.size()> linear_names{
    {{"ot", LinearPreparation::ot},
     {"lattice", LinearPreparation::lattice},
     {"auto", LinearPreparation::automatic}}};

}  // namespace

Plan make_plan(const Graph& graph, const PlanOptions& options) {
  const Profile profile = profile_of(options);
  const Graph widths = profile.on(Pass::accumulator_bound) ? graph : with_fan_in_widths(graph);
  // Every run knows better which rings are asked for; two are enough for all but odd graphs.
  constexpr int most_runs = 4;
  std::vector<int> asked(graph.nodes.size(), 0);
  for (int run = 1;; ++run) {
    Lowering lowering(widths, options, profile, asked);
    Plan plan = lowering.run();
    plan.options.linear = profile.linear;
    std::erase_if(plan.options.ot_layers, [&](NodeId id) {
      return profile.linear != LinearPreparation::automatic || !is_linear_layer(graph, id);
    });
    if (lowering.asked() == asked || run == most_runs) return plan;
    asked = lowering.asked();
  }
}

bool is_linear_layer(const Graph& graph, NodeId node) {
  if (node >= graph.nodes.size()) return false;
  const auto& op = graph.nodes[node].op;
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

std::vector<std::size_t> lattice_steps(const Plan& plan) {
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (std::holds_alternative<step::MaskedConvolve>(plan.steps[i].operation)) steps.push_back(i);
  }
  return steps;
}

LatticeKeyDemand lattice_keys_of(const Plan& plan) {
  LatticeKeyDemand keys;
  for (const std::size_t i : lattice_steps(plan))
    keys.add(std::get<step::MaskedConvolve>(plan.steps[i].operation).lattice);
  return keys;
}

std::string_view name_of(LinearPreparation linear) {
  const auto* const found = std::find_if(linear_names.begin(), linear_names.end(),
                                         [&](const auto& entry) { return entry.second == linear; });
  PQ_CHECK(found != linear_names.end());
  return found->first;
}

LinearPreparation linear_preparation_named(std::string_view name) {
  const auto* const found = std::find_if(linear_names.begin(), linear_names.end(),
                                         [&](const auto& entry) { return entry.first == name; });
  if (found == linear_names.end())
    fail(ErrorCode::usage, "no linear layer is prepared with '{}'; say ot, lattice or auto", name);
  return found->second;
}

std::string to_string(Reveal reveal, int top_k) {
  switch (reveal) {
    case Reveal::logits:
      return "logits";
    case Reveal::best_class:
      return "class";
    default:
      return fmt::format("top{}", top_k);
  }
}

void parse_reveal(const std::string& text, PlanOptions& options) {
  if (text == "logits") {
    options.reveal = Reveal::logits;
    return;
  }
  if (text == "class") {
    options.reveal = Reveal::best_class;
    return;
  }
  if (text.starts_with("top")) {
    int k = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 3, end, k);
    if (error == std::errc() && stop == end && k >= 1) {
      options.reveal = Reveal::top_k;
      options.top_k = k;
      return;
    }
  }
  fail(ErrorCode::usage, "cannot reveal '{}': say 'class', 'logits', or 'topK' with a number such as top5",
       text);
}

}  // namespace privquant
