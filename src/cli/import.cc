#include <fmt/core.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/real_model_report.h"
#include "nn/limits.h"
#include "onnx/import.h"

namespace privquant {

namespace {

struct Options {
  std::string file;
  std::string output;
  std::vector<double> mean;
  std::vector<double> deviation;
  std::string preprocessing;
  std::string labels;
  bool json = false;
};

/// {"mean": [...], "std": [...]}; "deviation" is understood as well.
Preprocessing read_preprocessing(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) fail(ErrorCode::file, "cannot read {}; check the name", file);
  try {
    const auto json = nlohmann::json::parse(stream);
    return {json.at("mean").get<std::vector<double>>(),
            json.at(json.contains("std") ? "std" : "deviation").get<std::vector<double>>()};
  } catch (const nlohmann::json::exception&) {
    fail(ErrorCode::file,
         "{} does not say how pictures are normalised; write {{\"mean\": [...], \"std\": [...]}}", file);
  }
}

/// One class a line.
std::vector<std::string> read_labels(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) fail(ErrorCode::file, "cannot read {}; check the name", file);
  std::vector<std::string> labels;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(line);
    if (labels.size() > max_total_inputs)
      fail(ErrorCode::file, "{} has too many lines for a list of classes", file);
  }
  return labels;
}

std::string default_output(const std::string& file) {
  return std::filesystem::path(file).filename().replace_extension(".pqg").string();
}

int import(const Options& options) {
  ImportOptions import_options;
  import_options.preprocessing = options.preprocessing.empty()
                                     ? Preprocessing{options.mean, options.deviation}
                                     : read_preprocessing(options.preprocessing);
  if (!options.labels.empty()) import_options.labels = read_labels(options.labels);
  import_options.note = [](const std::string& note) { fmt::print(stderr, "note: {}\n", note); };
  const RealModel model = import_onnx(options.file, import_options);
  const std::string output = options.output.empty() ? default_output(options.file) : options.output;
  save_real_model(model, output);
  print_real_graph(model.graph, options.json);
  if (!options.json) fmt::print("\nwritten to {}\n", output);
  return 0;
}

}  // namespace

Command add_import(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("import", "read a trained network from ONNX, to be quantised");
  command->add_option("file", options->file, "an ONNX file, opset 9 to 17")->required();
  command->add_option("-o,--output", options->output,
                      "where to write it (default: the file's name with .pqg)");
  auto* mean =
      command->add_option("--mean", options->mean, "of the input's channels: (byte/255 - mean) / std")
          ->delimiter(',');
  auto* deviation =
      command->add_option("--std", options->deviation, "standard deviations of the input's channels")
          ->delimiter(',');
  mean->needs(deviation);
  deviation->needs(mean);
  command->add_option("--preprocessing", options->preprocessing, "a JSON file with \"mean\" and \"std\"")
      ->excludes(mean)
      ->excludes(deviation);
  command->add_option("--labels", options->labels, "names of the classes, one a line");
  add_json(*command, options->json);
  return {command, [options] { return import(*options); }};
}

}  // namespace privquant
