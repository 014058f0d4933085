#include "cli/real_model_source.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "nn/limits.h"

namespace privquant {

namespace {

constexpr const char* example = R"({"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]})";

Preprocessing read_preprocessing(const std::filesystem::path& path) try {
  std::ifstream file(path);
  if (!file)
    fail(ErrorCode::file, "cannot read {}; check the name, or write into it {}", path.string(), example);
  const nlohmann::json json = nlohmann::json::parse(file);
  return {json.at("mean").get<std::vector<double>>(),
          json.at(json.contains("std") ? "std" : "deviation").get<std::vector<double>>()};
} catch (const nlohmann::json::exception&) {
  fail(ErrorCode::file, "{} does not say how pictures are normalised; write into it {}", path.string(),
       example);
}

bool is_imported_name(const std::string& path) { return std::filesystem::path(path).extension() == ".pqg"; }

/// One class a line.
std::vector<std::string> read_labels(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) fail(ErrorCode::file, "cannot read {}; it should have a class name on each line", path.string());
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    labels.push_back(line);
    if (labels.size() > max_total_inputs)
      fail(ErrorCode::file, "{} has too many lines for a list of classes", path.string());
  }
  return labels;
}

}  // namespace

void RealModelArguments::add_to(CLI::App& command) {
  command.add_option("network", path, "a trained network: .onnx, or .pqg as `import` writes it")
      ->required()
      ->type_name("FILE");
  auto* of_mean =
      command.add_option("--mean", mean, "of .onnx: input = (byte/255 - mean) / std, for each channel")
          ->delimiter(',')
          ->type_name("R,G,B");
  auto* of_deviation =
      command.add_option("--std", deviation, "of .onnx: likewise")->delimiter(',')->type_name("R,G,B");
  of_mean->needs(of_deviation);
  of_deviation->needs(of_mean);
  command
      .add_option("--preprocessing", preprocessing_file,
                  "of .onnx: a JSON file with \"mean\" and \"std\" (default: net.json beside net.onnx, if "
                  "there is one)")
      ->excludes(of_mean)
      ->excludes(of_deviation)
      ->type_name("FILE");
  command.add_option("--labels", labels_file, "of .onnx: names of the classes, one a line")
      ->type_name("FILE");
}

ImportOptions RealModelArguments::import_options(const std::string& network) const {
  ImportOptions options;
  options.preprocessing = {mean, deviation};
  const std::filesystem::path beside = std::filesystem::path(network).replace_extension(".json");
  std::error_code ignored;
  if (!preprocessing_file.empty()) {
    options.preprocessing = read_preprocessing(preprocessing_file);
  } else if (mean.empty() && std::filesystem::exists(beside, ignored)) {
    options.preprocessing = read_preprocessing(beside);
  }
  if (!labels_file.empty()) options.labels = read_labels(labels_file);
  options.note = [](const std::string& note) { fmt::print(stderr, "note: {}\n", note); };
  return options;
}

bool RealModelArguments::is_imported() const { return is_imported_name(path); }

void RealModelArguments::refuse_preprocessing() const {
  const char* const option = !mean.empty()                 ? "--mean and --std"
                             : !preprocessing_file.empty() ? "--preprocessing"
                             : !labels_file.empty()        ? "--labels"
                                                           : nullptr;
  if (option == nullptr) return;
  fail(ErrorCode::usage,
       "{} was imported already, with its normalisation and labels; leave out {}, or give the .onnx file",
       path, option);
}

RealModel RealModelArguments::open(const std::string& other) const {
  if (is_imported_name(other)) {
    // An imported teacher of a network in ONNX is right: the options are the network's.
    if (other == path) refuse_preprocessing();
    return load_real_model(other);
  }
  return import_onnx(other, import_options(other));
}

}  // namespace privquant
