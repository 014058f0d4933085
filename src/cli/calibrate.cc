#include <fmt/core.h>

#include <array>
#include <map>
#include <memory>
#include <string>

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

/// Networks whose layers differ in size and width, and which take seconds.
struct Workload {
  const char* source;
  const char* profile;
};
constexpr std::array workloads{Workload{"zoo:minionn:w2a4", "privquant"},
                               Workload{"zoo:resnet20:w8a8", "privquant"},
                               Workload{"zoo:minionn:w4a4", "sirnn"}};

/// The steps of a plan that the meter counts under one label, and how long they took.
std::vector<TimedWork> time_online(const Workload& workload) {
  const Graph graph = open_model(workload.source).graph;
  PlanOptions options;
  options.profile = workload.profile;
  const Plan plan = make_plan(graph, options);
  const PlanCost cost = cost_of(plan, preparation_memory);
  const Measurement measured = measure(workload.source, options, std::nullopt, preparation_memory);
  std::map<MeterLabel, TimedWork> samples;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const MeterLabel label{Phase::online, graph.nodes[step.node].name, functionality_name(step.operation)};
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

int calibrate(const std::string& output) {
  const std::filesystem::path path = output.empty() ? calibration_path() : std::filesystem::path(output);
  ProgressLine progress;
  progress.show(0, "preparing correlations");
  std::vector<TimedWork> samples = measure_preparation();
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
  auto output = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("calibrate", "measure this machine, so that cost and compare predict its seconds");
  command
      ->add_option("-o,--output", *output,
                   "where to keep the result (default: ~/.cache/privquant/calibration.json, where cost and "
                   "compare look)")
      ->type_name("FILE");
  return {command, [output] { return calibrate(*output); }};
}

}  // namespace privquant
