#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cli/calibration_file.h"
#include "cli/command.h"
#include "cli/measure.h"
#include "cli/measure_preparation.h"
#include "cli/model_source.h"
#include "cli/progress.h"
#include "plan/fit_calibration.h"

namespace privquant {

namespace {

constexpr std::size_t preparation_memory = std::size_t{1} << 30;

struct Options {
  /// Each PROFILE@MODEL. These differ in their layers' sizes and widths, and take seconds.
  std::vector<std::string> workloads{"privquant@zoo:minionn:w2a4", "privquant@zoo:resnet20:w8a8",
                                     "sirnn@zoo:minionn:w4a4"};
  std::size_t ots = std::size_t{1} << 23;
  std::string output;
};

struct Workload {
  std::string source;
  PlanOptions options;
  Graph graph;
  Plan plan;
};

Workload parse_workload(const std::string& text) {
  const ProfiledModel model = parse_profiled_model(text);
  if (!model.source)
    fail(ErrorCode::usage, "'{}' names no network; write PROFILE@MODEL, say privquant@zoo:minionn:w4a4",
         text);
  PlanOptions options;
  options.profile = model.profile;
  const Graph graph = open_model(*model.source).graph;
  return {*model.source, options, graph, make_plan(graph, options)};
}

/// The same with correlations made of random COTs, whose pads take another time; none for profiles that stay with IKNP.
std::optional<Workload> with_packed_pads(const Workload& workload) {
  Workload other = workload;
  other.options.extension = OtExtension::softspoken4;
  other.plan = make_plan(other.graph, other.options);
  if (other.plan.protocol_choices.extension == OtExtension::iknp) return std::nullopt;
  return other;
}

/// The steps of the plan that the meter counts under one label, and how long they took.
std::vector<TimedWork> time_online(const Workload& workload) {
  const Plan& plan = workload.plan;
  const PlanCost cost = cost_of(plan, preparation_memory);
  const Measurement measured =
      measure(workload.source, workload.options, std::nullopt, preparation_memory, 1);
  std::map<MeterLabel, TimedWork> samples;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const MeterLabel label{Phase::online, workload.graph.nodes[step.node].name,
                           functionality_name(step.operation)};
    samples[label].work += step_work(plan, step, cost.steps[i]);
  }
  std::vector<TimedWork> result;
  for (auto& [label, sample] : samples) {
    const auto traffic = measured.traffic.find(label);
    if (traffic == measured.traffic.end()) continue;
    sample.seconds = traffic->second.seconds;
    result.push_back(sample);
  }
  return result;
}

int calibrate(const Options& options) {
  const std::filesystem::path path =
      options.output.empty() ? calibration_path() : std::filesystem::path(options.output);
  std::vector<Workload> workloads;
  for (const std::string& text : options.workloads) {
    workloads.push_back(parse_workload(text));
    if (auto other = with_packed_pads(workloads.back())) workloads.push_back(std::move(*other));
  }
  ProgressLine progress;
  progress.show(0, "preparing correlations");
  std::vector<TimedWork> samples = measure_preparation(options.ots);
  for (const Workload& workload : workloads) {
    progress.clear();
    const auto more = time_online(workload);
    samples.insert(samples.end(), more.begin(), more.end());
  }
  progress.clear();
  const Calibration calibration = fit_calibration(samples);
  save_calibration(calibration, path);
  for (std::size_t i = 0; i < work_kinds; ++i) {
    const auto kind = static_cast<WorkKind>(i);
    fmt::print("{:<18} {:>12.3f} ns\n", name_of(kind), calibration[kind] * 1e9);
  }
  fmt::print("kept in {}\n", path.string());
  return 0;
}

}  // namespace

Command add_calibrate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("calibrate", "measure this machine, so that cost and compare predict its seconds");
  command
      ->add_option(
          "workloads", options->workloads,
          "the networks to time, each PROFILE@MODEL (default: three of CIFAR's size, of both profiles)")
      ->type_name("PROFILE@MODEL");
  command->add_option("--ots", options->ots, "OTs of each kind whose preparation is timed")
      ->check(CLI::Range(std::size_t{1} << 10, std::size_t{1} << 26))
      ->capture_default_str();
  command
      ->add_option("-o,--output", options->output,
                   "where to keep the result (default: ~/.cache/privquant/calibration.json, where cost and "
                   "compare look)")
      ->type_name("FILE");
  return {command, [options] { return calibrate(*options); }};
}

}  // namespace privquant
