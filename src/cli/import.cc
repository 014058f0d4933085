#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/real_model_report.h"
#include "cli/real_model_source.h"

namespace privquant {

namespace {

struct Options {
  RealModelArguments source;
  std::string output;
  bool json = false;
};

std::string default_output(const std::string& file) {
  return std::filesystem::path(file).filename().replace_extension(".pqg").string();
}

int import(const Options& options) {
  const RealModel model = options.source.open();
  const std::string output = options.output.empty() ? default_output(options.source.path) : options.output;
  save_real_model(model, output);
  print_real_graph(model.graph, options.json);
  if (!options.json) fmt::print("\nwritten to {}\n", output);
  return 0;
}

}  // namespace

Command add_import(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("import", "read a trained network from ONNX, to be quantised");
  options->source.add_to(*command);
  command->add_option("-o,--output", options->output,
                      "where to write it (default: the file's name with .pqg)");
  add_json(*command, options->json);
  return {command, [options] { return import(*options); }};
}

}  // namespace privquant
