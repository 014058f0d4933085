#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel_for.h"
#include "cli/command.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/traffic_report.h"
#include "engine/local_pair.h"
#include "nn/executor.h"
#include "plan/plan_summary.h"

namespace privquant {

namespace {

struct Options {
  std::string model;
  std::string data;
  std::optional<std::size_t> limit;
  bool secure = false;
  unsigned threads = EngineOptions{}.threads;
  bool resize = false;
  bool json = false;
  PlanArguments plan;
  std::string predictions;
};

struct Outcome {
  std::size_t predicted = 0;
  std::size_t label = 0;
};

struct Sample {
  IntegerTensor input;
  std::size_t label = 0;
};

std::size_t class_count(const Graph& graph) {
  const Node& last = graph.output();
  const bool decided = std::holds_alternative<ArgMax>(last.op);
  return (decided ? graph.nodes[last.inputs[0]] : last).shape.elements();
}

Sample load(const Graph& graph, const Dataset& data, std::size_t index, bool resize_it) {
  const LabelledPicture picture = data.at(index);
  if (!picture.label) {
    fail(ErrorCode::file, "{} has no label, and accuracy needs one; put the labels beside the pictures",
         picture.name);
  }
  if (*picture.label < 0 || static_cast<std::size_t>(*picture.label) >= class_count(graph)) {
    fail(ErrorCode::file, "{} is of class {}, but the network knows 0 to {}; use a set with its classes",
         picture.name, *picture.label, class_count(graph) - 1);
  }
  return {to_input(graph, fit(graph, picture, resize_it)), static_cast<std::size_t>(*picture.label)};
}

std::size_t predicted_class(const Graph& graph, const IntegerTensor& output) {
  if (std::holds_alternative<ArgMax>(graph.output().op))
    return static_cast<std::size_t>(output.values.front());
  return argmax(output);
}

std::string progress_text(std::size_t done, std::size_t count) {
  return fmt::format("{} of {} pictures", done, count);
}

std::vector<Outcome> evaluate_plaintext(const Options& options, const Model& model, const Dataset& data,
                                        std::size_t count) {
  std::vector<Outcome> outcomes(count);
  ProgressLine progress;
  std::mutex drawing;
  std::atomic<std::size_t> done{0};
  parallel_for(count, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const Sample sample = load(model.graph, data, i, options.resize);
      outcomes[i] = {predicted_class(model.graph, run_plaintext(model, sample.input)), sample.label};
      const std::size_t now = ++done;
      if (const std::unique_lock lock(drawing, std::try_to_lock); lock) {
        progress.show(static_cast<double>(now) / static_cast<double>(count), progress_text(now, count));
      }
    }
  });
  return outcomes;
}

std::vector<Outcome> evaluate_secure(const Options& options, const Model& model, const Dataset& data,
                                     LocalPair& pair, std::size_t count) {
  std::vector<Outcome> outcomes;
  ProgressLine progress;
  for (std::size_t i = 0; i < count; ++i) {
    progress.show(static_cast<double>(i) / static_cast<double>(count), progress_text(i, count));
    std::optional<Sample> sample;
    {
      const auto scope = pair.meter().functionality(outside);
      sample = load(model.graph, data, i, options.resize);
    }
    outcomes.push_back({pair.infer(sample->input).classes.front(), sample->label});
  }
  return outcomes;
}

void write_predictions(const std::string& path, const std::vector<Outcome>& outcomes) {
  std::ofstream file(path);
  for (const Outcome& outcome : outcomes) file << outcome.predicted << '\n';
  file.flush();
  if (!file) fail(ErrorCode::file, "cannot write {}; choose a file in a folder you may write to", path);
}

void print_report(const Options& options, const std::vector<Outcome>& outcomes,
                  const std::optional<Plan>& plan, const std::optional<TrafficReport>& traffic) {
  const auto correct =
      static_cast<std::size_t>(std::count_if(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
        return outcome.predicted == outcome.label;
      }));
  const double accuracy = static_cast<double>(correct) / static_cast<double>(outcomes.size());
  if (!options.json) {
    fmt::print("{} of {} pictures right: accuracy {:.2f} % ({})\n", correct, outcomes.size(), accuracy * 100,
               options.secure ? "both parties, secure" : "plaintext integers");
    if (traffic) fmt::print("{}\n\n{}", summary_of(*plan), traffic->table());
    return;
  }
  std::vector<std::size_t> predictions;
  predictions.reserve(outcomes.size());
  for (const Outcome& outcome : outcomes) predictions.push_back(outcome.predicted);
  nlohmann::ordered_json report{{"model", options.model},    {"data", options.data},
                                {"private", options.secure}, {"pictures", outcomes.size()},
                                {"correct", correct},        {"accuracy", accuracy},
                                {"predictions", predictions}};
  if (traffic) {
    report["profile"] = plan->options.profile;
    report["ot"] = name_of(plan->protocol_choices.extension);
    report["linear"] = name_of(plan->options.linear);
    report["traffic"] = traffic->json();
  }
  fmt::print("{}\n", report.dump(2));
}

int evaluate(const Options& options) {
  const Model model = open_model(options.model);
  const auto data = open_dataset(options.data, DatasetPart::test, picture_channels(model.graph));
  if (data->size() == 0)
    fail(ErrorCode::file, "{} holds no pictures, so that there is no accuracy; name a set that does",
         options.data);
  const std::size_t count = std::min(data->size(), options.limit.value_or(data->size()));
  std::vector<Outcome> outcomes;
  std::optional<TrafficReport> traffic;
  std::optional<Plan> plan;
  if (options.secure) {
    EngineOptions engine;
    engine.threads = options.threads;
    plan =
        make_plan(model.graph, with_preparation(options.plan.parse(std::nullopt), options.plan.preparation(),
                                                model.graph, lan_shape, engine.preparation_memory));
    LocalPair pair(model, *plan, engine);
    outcomes = evaluate_secure(options, model, *data, pair, count);
    traffic.emplace(model.graph, *plan, pair.meter(), count);
  } else {
    outcomes = evaluate_plaintext(options, model, *data, count);
  }
  if (!options.predictions.empty()) write_predictions(options.predictions, outcomes);
  print_report(options, outcomes, plan, traffic);
  return 0;
}

}  // namespace

Command add_eval(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("eval", "measure the accuracy of a model on labelled pictures");
  command->add_option("model", options->model, model_source_help)->required();
  command
      ->add_option("--data", options->data,
                   "IDX or CIFAR binary file, a folder with such a test set, with labels.tsv, or with a "
                   "folder per class")
      ->type_name("PATH")
      ->required();
  command->add_option("--limit", options->limit, "only the first N pictures")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  auto* secure =
      command->add_flag("--private", options->secure, "run both parties instead of the plaintext executor");
  add_threads(*command, options->threads)->needs(secure);
  command->add_flag("--resize", options->resize, "stretch pictures that do not fit");
  command->add_option("--predictions", options->predictions, "write the predicted classes, one a line")
      ->type_name("FILE");
  options->plan.add_to(*command);
  add_json(*command, options->json);
  return {command, [options] { return evaluate(*options); }};
}

}  // namespace privquant
