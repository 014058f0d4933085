#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/calibration_file.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/table.h"
#include "cli/types_text.h"
#include "plan/choose_preparation.h"
#include "plan/plan_report.h"
#include "plan/plan_summary.h"
#include "service/session_options.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

struct Options {
  std::string model;
  PlanArguments plan;
  PredictionArguments prediction;
  std::string reveal = "logits";
  std::string explain;
  bool json = false;
};

std::string kilobytes(std::uint64_t bytes) {
  return bytes == 0 ? "" : fmt::format("{:.1f}", static_cast<double>(bytes) / 1e3);
}
std::string rounds(std::uint64_t count) { return count == 0 ? "" : fmt::format("{}", count); }
std::string milliseconds(double seconds) {
  return seconds < 0.00005 ? "" : fmt::format("{:.1f}", seconds * 1e3);
}
std::string rings(const LayerReport& layer) {
  if (layer.output_bits == 0) return "";
  if (layer.input_bits == 0) return fmt::format("{}", layer.output_bits);
  return fmt::format("{} → {}", layer.input_bits, layer.output_bits);
}

std::string link_text(const std::optional<LinkShape>& link) { return link ? describe(link) : "none"; }

/// Why these and not others: a line, or nothing where there was no choice.
std::string ranking_text(const std::vector<PreparationEstimate>& estimates) {
  if (estimates.size() < 2) return {};
  std::string text = "seconds with set-up:";
  for (const PreparationEstimate& estimate : estimates)
    text += fmt::format(" {}{} {:.3f}", name_of(estimate.extension),
                        estimate.linear == LinearPreparation::ot ? "" : " with lattices", estimate.seconds);
  return text + "\n";
}

void print_table(const Graph& graph, const Plan& plan, const PlanReport& report,
                 const std::optional<LinkShape>& link, const std::string& origin,
                 const std::vector<PreparationEstimate>& estimates) {
  fmt::print("{}, {}, link {}, a round weighed as {} bytes\n{}\n", graph.name, summary_of(plan),
             link_text(link), with_separators(plan.protocol_choices.round_bytes), origin);
  fmt::print("{}", ranking_text(estimates));
  fmt::print("\n");
  Table table({{"layer", Align::left},
               {"operator", Align::left},
               {"widths", Align::left},
               {"rings", Align::left},
               {"prep. kB"},
               {"server kB"},
               {"client kB"},
               {"rounds"},
               {"ms"},
               {"online ms"},
               {" protocol", Align::left}});
  for (const LayerReport& layer : report.layers) {
    const Node& node = graph.nodes[layer.node];
    table.add_row({node.name, operator_name(node.op), widths_of(graph, node), rings(layer),
                   kilobytes(layer.preparation_bytes), kilobytes(layer.online.server_bytes),
                   kilobytes(layer.online.client_bytes), rounds(layer.online.rounds),
                   milliseconds(layer.seconds), milliseconds(layer.seconds_online), " " + layer.protocol});
  }
  table.add_rule();
  table.add_row({"total", "", "", "", kilobytes(report.preparation.bytes()),
                 kilobytes(report.online.server_bytes), kilobytes(report.online.client_bytes),
                 rounds(report.online.rounds), milliseconds(report.time.seconds()),
                 milliseconds(report.time.online), ""});
  fmt::print("{}\n", table.text());
  fmt::print(
      "Preparation runs for all layers at once, and its bytes (both ways) and time are shared out; server "
      "and client: sent online; ms: both phases\n");
  const auto sentence = [](const char* name, std::uint64_t bytes, std::uint64_t round_count, double seconds) {
    fmt::print("{:<12} {:>12.3f} MB {:>7} rounds {:>10.3f} s\n", name, static_cast<double>(bytes) / 1e6,
               round_count, seconds);
  };
  sentence("set-up", report.setup.bytes(), report.setup.rounds, report.time.setup);
  sentence("preparation", report.preparation.bytes(), report.preparation.rounds, report.time.preparation);
  sentence("online", report.online.bytes(), report.online.rounds, report.time.online);
  sentence("both", report.bytes(), report.rounds(), report.time.seconds());
}

void print_json(const Graph& graph, const Plan& plan, const PlanReport& report,
                const std::optional<LinkShape>& link, const std::string& origin,
                const std::vector<PreparationEstimate>& estimates) {
  ordered_json layers = ordered_json::array();
  for (const LayerReport& layer : report.layers) {
    const Node& node = graph.nodes[layer.node];
    layers.push_back({{"name", node.name},
                      {"operator", operator_name(node.op)},
                      {"protocol", layer.protocol},
                      {"widths", widths_of(graph, node)},
                      {"input_ring", layer.input_bits},
                      {"output_ring", layer.output_bits},
                      {"bytes", layer.bytes()},
                      {"bytes_preparation", layer.preparation_bytes},
                      {"bytes_online_server", layer.online.server_bytes},
                      {"bytes_online_client", layer.online.client_bytes},
                      {"rounds", layer.online.rounds},
                      {"seconds", layer.seconds},
                      {"seconds_online", layer.seconds_online},
                      {"by_functionality", layer.by_functionality}});
  }
  ordered_json ranking = ordered_json::array();
  for (const PreparationEstimate& estimate : estimates) {
    ranking.push_back({{"ot", name_of(estimate.extension)},
                       {"linear", name_of(estimate.linear)},
                       {"seconds_with_setup", estimate.seconds},
                       {"bytes_with_setup", estimate.bytes}});
  }
  const ordered_json result{{"network", graph.name},
                            {"link", link_text(link)},
                            {"profile", plan.options.profile},
                            {"without", plan.options.without},
                            {"ot", name_of(plan.protocol_choices.extension)},
                            {"linear", name_of(plan.options.linear)},
                            {"round_bytes", plan.protocol_choices.round_bytes},
                            {"preparation_candidates", std::move(ranking)},
                            {"calibration", origin},
                            {"bytes_setup", report.setup.bytes()},
                            {"rounds_setup", report.setup.rounds},
                            {"seconds_setup", report.time.setup},
                            {"bytes", report.bytes()},
                            {"bytes_online", report.online.bytes()},
                            {"bytes_server", report.preparation.server_bytes + report.online.server_bytes},
                            {"bytes_client", report.preparation.client_bytes + report.online.client_bytes},
                            {"rounds", report.rounds()},
                            {"rounds_online", report.online.rounds},
                            {"seconds", report.time.seconds()},
                            {"seconds_online", report.time.online},
                            {"layers", std::move(layers)}};
  fmt::print("{}\n", result.dump(2));
}

int cost(const Options& options) {
  const Graph graph = open_graph(options.model);
  PlanOptions plan_options = options.plan.parse(options.prediction.named_link());
  parse_reveal(options.reveal, plan_options);
  const auto link = options.prediction.link();
  const auto [calibration, origin] = choose_calibration();
  const std::size_t memory = options.prediction.preparation_memory();
  const auto estimates =
      rank_preparations(graph, plan_options, options.plan.preparation(), calibration, link, memory);
  const Plan plan = make_plan(graph, as_estimated(plan_options, estimates.front()));
  if (!options.explain.empty()) {
    if (options.json) {
      fmt::print("{}\n", explanation_json(graph, plan, options.explain).dump(2));
    } else {
      fmt::print("{}\n{}", explanation_text(graph, plan, options.explain), ranking_text(estimates));
    }
    return 0;
  }
  const PlanReport report = report_on(plan, calibration, link, memory);
  if (options.json) {
    print_json(graph, plan, report, link, origin, estimates);
  } else {
    print_table(graph, plan, report, link, origin, estimates);
  }
  return 0;
}

}  // namespace

Command add_cost(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "cost",
      "what one private inference costs, layer by layer: bytes and rounds exactly, seconds predicted");
  command->add_option("model", options->model, std::string("a contract, ") + model_source_help)->required();
  options->plan.add_to(*command);
  options->prediction.add_to(*command);
  command->add_option("--reveal", options->reveal, "what the client learns: class, topK (say top3) or logits")
      ->capture_default_str();
  command
      ->add_option("--explain", options->explain, "what the planner weighed for this layer, and why one won")
      ->type_name("LAYER");
  add_json(*command, options->json);
  return {command, [options] { return cost(*options); }};
}

}  // namespace privquant
