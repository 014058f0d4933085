// What `privquant quantize` is told.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "cli/real_model_source.h"
#include "quant/quantize_options.h"

namespace privquant {

struct QuantizeArguments {
  RealModelArguments source;
  std::string training_pictures, test_pictures;
  std::string teacher;
  std::vector<double> budgets;
  std::string most_bytes;
  double most_seconds = 0;
  std::string uniform;
  std::string network = "wan";
  std::string ot = "iknp";
  std::string weights = "2..8", activations = "3..8";
  std::string search = "program";
  std::string sensitivity = "fisher";
  std::string output;
  std::string report;
  QuantizeOptions options;
  bool json = false;

  void add_to(CLI::App& command);
  /// @throws Error(usage | file)
  QuantizeOptions parse() const;

 private:
  void refuse_idle_options() const;

  std::vector<CLI::Option*> of_training_, of_search_, of_link_;
};

}  // namespace privquant
