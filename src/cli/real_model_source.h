// Where commands take a network in real numbers from: an ONNX file, or one that was imported (.pqg).
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "nn/real_model.h"
#include "onnx/import.h"

namespace privquant {

/// The network, and how pictures become its input: --mean and --std, --preprocessing, or net.json beside net.onnx.
struct RealModelArguments {
  std::string path;
  std::vector<double> mean, deviation;
  std::string preprocessing_file;
  std::string labels_file;

  void add_to(CLI::App& command);
  /// @throws Error(file | model | usage)
  RealModel open() const { return open(path); }
  /// Another network with the same preprocessing.
  RealModel open(const std::string& other) const;
  /// Whether `path` is a network that was imported before, with its preprocessing.
  bool is_imported() const;
  /// `network` may have a JSON file beside it.
  ImportOptions import_options(const std::string& network) const;

 private:
  /// @throws Error(usage) if an option of .onnx files is given.
  void refuse_preprocessing() const;
};

}  // namespace privquant
