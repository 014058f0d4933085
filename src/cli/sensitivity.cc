#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/html_page.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/real_model_source.h"
#include "cli/reuse_memory.h"
#include "cli/svg_chart.h"
#include "cli/table.h"
#include "data/picture.h"
#include "nn/files.h"
#include "quant/compare_sensitivity.h"
#include "quant/fine_input.h"
#include "quant/post_training.h"

namespace privquant {

namespace {

struct Options {
  RealModelArguments source;
  std::string training, test, report;
  std::size_t limit = 1000;
  int least_bits = 2;
  unsigned threads = 2;
  std::uint64_t seed = 1;
  bool json = false;
};

std::string tensor_of(const ComparedSensitivity& row) { return row.of_weights ? "weights" : "input"; }

std::string to_text(const SensitivityComparison& comparison) {
  Table table(
      {{"layer", Align::left}, {"tensor", Align::left}, {"bits"}, {"fisher"}, {"hutchinson"}, {"measured"}});
  for (const ComparedSensitivity& row : comparison.rows) {
    table.add_row({row.layer, tensor_of(row), fmt::format("{}", row.bits), fmt::format("{:.2e}", row.fisher),
                   row.of_weights ? fmt::format("{:.2e}", row.hutchinson) : "",
                   fmt::format("{:.2e}", row.measured)});
  }
  return table.text() + fmt::format(
                            "loss {:.4f} at 8 bits; rank correlation with the measured rise: weights {:.3f} "
                            "(fisher), {:.3f} "
                            "(hutchinson), inputs {:.3f}\n",
                            comparison.loss, comparison.fisher_of_weights, comparison.hutchinson_of_weights,
                            comparison.fisher_of_inputs);
}

nlohmann::json to_json(const SensitivityComparison& comparison) {
  nlohmann::json rows = nlohmann::json::array();
  for (const ComparedSensitivity& row : comparison.rows) {
    rows.push_back({{"layer", row.layer},
                    {"tensor", tensor_of(row)},
                    {"bits", row.bits},
                    {"fisher", row.fisher},
                    {"hutchinson", row.hutchinson},
                    {"measured", row.measured}});
  }
  return {{"loss", comparison.loss},
          {"fisher_of_weights", comparison.fisher_of_weights},
          {"hutchinson_of_weights", comparison.hutchinson_of_weights},
          {"fisher_of_inputs", comparison.fisher_of_inputs},
          {"rows", rows}};
}

/// One chart: predicted against measured, on logarithmic axes. Rises that are no rises do not appear.
std::string chart(const SensitivityComparison& comparison, bool of_weights, const char* estimate,
                  double ComparedSensitivity::*predicted, double correlation) {
  const std::string title = fmt::format("{} of {}", estimate, of_weights ? "weights" : "inputs");
  Scatter scatter{title,
                  "Predicted against measured rise of the loss; filled: 4 bits and fewer.",
                  "predicted rise",
                  "measured rise",
                  {},
                  false};
  for (const ComparedSensitivity& row : comparison.rows) {
    if (row.of_weights != of_weights || row.measured <= 0 || row.*predicted <= 0) continue;
    scatter.points.push_back(
        {fmt::format("{}, {} bits", row.layer, row.bits), "", row.*predicted, row.measured, row.bits <= 4});
  }
  return fmt::format("<h2>{}</h2>\n<p>Rank correlation {:.3f}.</p>\n{}", title, correlation, scatter.svg());
}

std::string page(const std::string& network, const SensitivityComparison& comparison) {
  const std::string title = network + ": predicted and measured sensitivity";
  return html_page(title, fmt::format("<h1>{}</h1>\n", escape_markup(title)) +
                              chart(comparison, true, "Fisher information", &ComparedSensitivity::fisher,
                                    comparison.fisher_of_weights) +
                              chart(comparison, true, "Hutchinson's estimate",
                                    &ComparedSensitivity::hutchinson, comparison.hutchinson_of_weights) +
                              chart(comparison, false, "Fisher information", &ComparedSensitivity::fisher,
                                    comparison.fisher_of_inputs));
}

int run_sensitivity(const Options& options) {
  if (!options.report.empty()) expect_writable(options.report);  // now rather than after the measurement
  const RealModel model = options.source.open();
  reuse_memory();
  const Graph graph = with_fine_input(model.graph);
  const int channels = graph.input().shape.channels;
  const TrainingSet training = load_training_set(
      *open_dataset(options.training, DatasetPart::training, channels), graph, calibration_pictures);
  const TrainingSet measured =
      load_training_set(*open_dataset(options.test, DatasetPart::test, channels), graph, options.limit);
  ProgressLine line;
  const SensitivityComparison comparison =
      compare_sensitivity(model, training, measured, options.least_bits, options.seed, options.threads,
                          [&](double fraction) { line.show(fraction, "measuring"); });
  line.clear();
  fmt::print("{}", options.json ? to_json(comparison).dump(2) + "\n" : to_text(comparison));
  // It tells of weights.
  if (!options.report.empty())
    replace_file(options.report, page(model.graph.name, comparison), Readers::owner);
  return 0;
}

}  // namespace

Command add_sensitivity(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "sensitivity", "compare how much narrow layers are predicted to cost with what they cost");
  options->source.add_to(*command);
  command->add_option("--train", options->training, "pictures to calibrate and predict with")
      ->required()
      ->type_name("DATA");
  command->add_option("--test", options->test, "pictures to measure the loss on")
      ->required()
      ->type_name("DATA");
  command->add_option("--limit", options->limit, "how many of them")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command->add_option("--least-bits", options->least_bits, "the narrowest width")
      ->check(CLI::Range(2, 7))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the random directions")->capture_default_str();
  command->add_option("--threads", options->threads, "of libtorch")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--report", options->report, "an HTML page with charts")->type_name("FILE.html");
  add_json(*command, options->json);
  return {command, [options] { return run_sensitivity(*options); }};
}

}  // namespace privquant
