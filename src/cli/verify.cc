#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/command.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/pictures.h"
#include "cli/random_input.h"
#include "engine/local_pair.h"
#include "plan/plan_summary.h"

namespace privquant {

namespace {

struct Options {
  std::string model;
  std::string picture;
  bool resize = false;
  std::uint64_t seed = 1;
  PlanArguments plan;
  bool json = false;
};

IntegerTensor load_input(const Options& options, const Graph& graph) {
  if (options.picture.empty()) return random_input(graph, options.seed);
  return to_input(graph, fit(graph, load_picture(options.picture, picture_channels(graph)), options.resize));
}

void print_text(const Graph& graph, const Plan& plan, const LocalPair::Verification& result) {
  if (const auto& difference = result.first_difference) {
    fmt::print("different: layer {} is the first that differs, at element {}: secure {}, plaintext {}\n",
               graph.nodes[difference->node].name, difference->element, difference->secure,
               difference->plaintext);
  } else {
    fmt::print("equal: secure and plaintext results agree bit for bit after every layer\n");
  }
  fmt::print("{} layers compared, {} fused into others by the plan ({})\n", result.nodes_compared,
             result.nodes_fused, summary_of(plan));
}

void print_json(const Options& options, const Graph& graph, const Plan& plan,
                const LocalPair::Verification& result) {
  nlohmann::ordered_json report{{"model", options.model},
                                {"network", graph.name},
                                {"profile", plan.options.profile},
                                {"ot", name_of(plan.protocol_choices.extension)},
                                {"linear", name_of(plan.options.linear)},
                                {"input", options.picture.empty() ? "random" : options.picture},
                                {"seed", options.seed},
                                {"equal", !result.first_difference.has_value()},
                                {"layers_compared", result.nodes_compared},
                                {"layers_fused", result.nodes_fused}};
  if (const auto& difference = result.first_difference) {
    report["first_difference"] = {{"layer", graph.nodes[difference->node].name},
                                  {"element", difference->element},
                                  {"secure", difference->secure},
                                  {"plaintext", difference->plaintext}};
  }
  fmt::print("{}\n", report.dump(2));
}

int verify(const Options& options) {
  const Model model = open_model(options.model, options.seed);
  const IntegerTensor input = load_input(options, model.graph);
  const EngineOptions engine;
  const Plan plan =
      make_plan(model.graph, with_preparation(options.plan.parse(std::nullopt), options.plan.preparation(),
                                              model.graph, lan_shape, engine.preparation_memory));
  LocalPair pair(model, plan, engine);
  const LocalPair::Verification result = pair.verify(input);
  if (options.json) {
    print_json(options, model.graph, plan, result);
  } else {
    print_text(model.graph, plan, result);
  }
  return result.first_difference ? 1 : 0;
}

}  // namespace

Command add_verify(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("verify", "compare secure with plaintext results after every layer, bit for bit");
  command->add_option("model", options->model, model_source_help)->required();
  command->add_option("--picture", options->picture, "the input; without it a random one")
      ->type_name("PICTURE");
  command->add_flag("--resize", options->resize, "stretch a picture that does not fit");
  command->add_option("--seed", options->seed, "of the random input, and of the weights of the zoo")
      ->capture_default_str();
  options->plan.add_to(*command);
  add_json(*command, options->json);
  return {command, [options] { return verify(*options); }};
}

}  // namespace privquant
