#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model_source.h"
#include "nn/model_file.h"
#include "nn/zoo.h"
#include "nn/zoo_reference.h"

namespace privquant {

namespace {

struct Options {
  std::string network;
  std::string output;
  ZooWidths widths;
  std::uint64_t seed = 1;
};

int write_zoo_model(const Options& options, bool has_width_options) {
  const std::string text =
      is_zoo(options.network) ? options.network.substr(options.network.find(':') + 1) : options.network;
  const ZooReference reference = parse_zoo_reference(text);
  const bool has_widths = text != reference.name;
  if (has_widths && has_width_options) {
    fail(ErrorCode::usage,
         "'{}' gives the widths; leave out --weights, --activations, --residual and --edges",
         options.network);
  }
  const Model model =
      make_zoo_model(reference.name, has_widths ? reference.widths : options.widths, options.seed);
  save_model(model, options.output);
  fmt::print("{}\n", options.output);
  fmt::print("contract {}\n", to_hex(contract_hash(model.graph)));
  return 0;
}

}  // namespace

Command add_zoo(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("zoo", "write a known network with random weights as a model file");
  command
      ->add_option("network", options->network,
                   fmt::format("[zoo:]NAME, or with widths NAME:wW[.W...][aA][rR][eE] or NAME:bBUDGET (say "
                               "resnet32:w4a6 or resnet32:b0.37); NAME is one of {}",
                               fmt::join(zoo_names(), ", ")))
      ->required();
  command->add_option("-o,--output", options->output, "the model file to write")
      ->type_name("FILE")
      ->required();
  std::vector<CLI::Option*> width_options;
  const auto add_width = [&](const char* name, int& bits, const char* help) {
    width_options.push_back(command->add_option(name, bits, help)->type_name("BITS")->capture_default_str());
  };
  add_width("--weights", options->widths.weight_bits, "width of the weights");
  add_width("--activations", options->widths.activation_bits, "width of the activations");
  add_width("--residual", options->widths.residual_bits, "width of the residual stream");
  add_width("--edges", options->widths.edge_bits, "widths of the first and the last layer");
  command->add_option("--seed", options->seed, "of the random weights")->capture_default_str();
  return {command, [options, width_options] {
            const bool given = std::any_of(width_options.begin(), width_options.end(),
                                           [](const CLI::Option* option) { return option->count() > 0; });
            return write_zoo_model(*options, given);
          }};
}

}  // namespace privquant
