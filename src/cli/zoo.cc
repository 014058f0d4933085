#include <fmt/core.h>
#include <fmt/ranges.h>

#include <memory>

#include "cli/command.h"
#include "nn/model_file.h"
#include "nn/zoo.h"

namespace privquant {

namespace {

struct Options {
  std::string name;
  std::string output;
  ZooWidths widths;
  std::uint64_t seed = 1;
};

int write_zoo_model(const Options& options) {
  const Model model = make_zoo_model(options.name, options.widths, options.seed);
  save_model(model, options.output);
  fmt::print("{}\n", options.output);
  fmt::print("contract {}\n", to_hex(contract_hash(model.graph)));
  return 0;
}

}  // namespace

Command add_zoo(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("zoo", "write a known network with random weights as a model file");
  command->add_option("name", options->name, fmt::format("one of {}", fmt::join(zoo_names(), ", ")))
      ->required();
  command->add_option("-o,--output", options->output, "the model file to write")
      ->type_name("FILE")
      ->required();
  const auto add_width = [&](const char* name, int& bits, const char* help) {
    command->add_option(name, bits, help)->type_name("BITS")->capture_default_str();
  };
  add_width("--weights", options->widths.weight_bits, "width of the weights");
  add_width("--activations", options->widths.activation_bits, "width of the activations");
  add_width("--residual", options->widths.residual_bits, "width of the residual stream");
  add_width("--edges", options->widths.edge_bits, "widths of the first and the last layer");
  command->add_option("--seed", options->seed, "of the random weights")->capture_default_str();
  return {command, [options] { return write_zoo_model(*options); }};
}

}  // namespace privquant
