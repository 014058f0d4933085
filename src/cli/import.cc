#include <fmt/core.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model_report.h"
#include "cli/options.h"
#include "cli/real_model_report.h"
#include "cli/real_model_source.h"
#include "nn/model_file.h"

namespace privquant {

namespace {

struct Options {
  RealModelArguments source;
  std::string output;
  bool quantised = false;
  bool json = false;
};

std::string output_of(const Options& options) {
  if (!options.output.empty()) return options.output;
  const char* extension = options.quantised ? ".pqm" : ".pqg";
  return std::filesystem::path(options.source.path).filename().replace_extension(extension).string();
}

void import_real(const Options& options) {
  const RealModel model = options.source.open();
  save_real_model(model, output_of(options));
  print_real_graph(model.graph, options.json);
}

void import_quantised(const Options& options) {
  const std::string& path = options.source.path;
  if (std::filesystem::path(path).extension() == ".pqg")
    fail(ErrorCode::usage, "{} is in real numbers; --quantized takes an ONNX file with QuantizeLinear", path);
  const Model model = import_quantised_onnx(path, options.source.import_options(path));
  save_model(model, output_of(options));
  print_model(model.graph, "model", options.json);
}

int import(const Options& options) {
  if (options.quantised) {
    import_quantised(options);
  } else {
    import_real(options);
  }
  if (!options.json) fmt::print("\nwritten to {}\n", output_of(options));
  return 0;
}

}  // namespace

Command add_import(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("import", "read a trained network from ONNX, to be quantised, or as integers");
  options->source.add_to(*command);
  command->add_option("-o,--output", options->output,
                      "where to write it (default: the file's name with .pqg; .pqm if quantized)");
  command->add_flag("--quantized", options->quantised,
                    "it was trained with QuantizeLinear and DequantizeLinear: take its integers as they are");
  add_json(*command, options->json);
  return {command, [options] { return import(*options); }};
}

}  // namespace privquant
