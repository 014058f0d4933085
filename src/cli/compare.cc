#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel_for.h"
#include "cli/calibration_file.h"
#include "cli/command.h"
#include "cli/compare_page.h"
#include "cli/compare_report.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "plan/passes.h"
#include "service/session_options.h"

namespace privquant {

namespace {

struct Options {
  std::string model;
  std::vector<std::string> profiles{"sirnn", "privquant", "hybrid"};
  PlanArguments plan;
  PredictionArguments prediction;
  bool run = false;
  unsigned threads = 1;
  bool ablation = false;
  bool json = false;
  std::string output;
  std::string html;
};

/// One side of a comparison: PROFILE, or PROFILE@MODEL where it runs another model than the others.
struct Contender {
  std::string name;  ///< as the user wrote it
  std::string profile;
  std::string source;
  Graph graph;
};

Contender parse_contender(const std::string& text, const Options& options) {
  const auto [profile, own_source] = parse_profiled_model(text);
  const std::string source = own_source.value_or(options.model);
  // A contract has no weights to run with; the parties load the model themselves.
  return {text, profile, source, options.run ? open_model(source).graph : open_graph(source)};
}

/// Everything that one comparison shares.
struct Setting {
  const Options& options;
  std::optional<LinkShape> link;
  Calibration calibration;

  /// With the preparation that was asked for, or the best one for this contender.
  PlanOptions plan_options(const Contender& contender) const {
    PlanOptions plan = options.plan.parse(options.prediction.named_link());
    plan.profile = contender.profile;
    return with_preparation(plan, options.plan.preparation(), contender.graph, link,
                            options.prediction.preparation_memory());
  }
  PlanReport predict(const Contender& contender, const PlanOptions& plan) const {
    return report_on(make_plan(contender.graph, plan), calibration, link,
                     options.prediction.preparation_memory());
  }
};

ComparedProfile compare_profile(const Setting& setting, const Contender& contender) {
  const PlanOptions plan = setting.plan_options(contender);
  const PlanReport report = setting.predict(contender, plan);
  if (!setting.options.run) return predicted_profile(contender.graph, contender.name, report);
  const Measurement measured =
      measure(contender.source, plan, setting.link, setting.options.prediction.preparation_memory(),
              setting.options.threads);
  return measured_profile(contender.graph, contender.name, report, measured);
}

Ablation ablate(const Setting& setting, const Contender& contender) {
  Ablation ablation{contender.name, {}};
  const auto add = [&](const std::string& without, const PlanOptions& plan) {
    const PlanReport report = setting.predict(contender, plan);
    ablation.entries.push_back(
        {without, report.bytes(), report.online.bytes(), report.rounds(), report.time.seconds()});
  };
  const PlanOptions all = setting.plan_options(contender);
  add("", all);
  for (const PassInfo& pass : passes()) {
    if (!profile_of(all).on(pass.pass)) continue;
    PlanOptions less = all;
    less.without.insert(pass.name);
    add(pass.name, less);
  }
  return ablation;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  std::ofstream file(path);
  file << text;
  file.flush();
  if (!file) {
    fail(ErrorCode::file, "cannot write {}; choose a place in a folder you may write to", path.string());
  }
}

int compare(const Options& options) {
  const auto [calibration, origin] = choose_calibration();
  const auto link = options.prediction.link();
  const Setting setting{options, link, calibration};
  std::vector<Contender> contenders;
  for (const std::string& text : options.profiles) contenders.push_back(parse_contender(text, options));
  Comparison comparison{open_graph(options.model).name,
                        link ? describe(link) : "none",
                        origin,
                        thread_count(options.threads),
                        {},
                        {}};
  for (const Contender& contender : contenders)
    comparison.profiles.push_back(compare_profile(setting, contender));
  if (options.ablation) {
    for (const Contender& contender : contenders) {
      Ablation ablation = ablate(setting, contender);
      if (ablation.entries.size() > 1) comparison.ablations.push_back(std::move(ablation));
    }
  }
  const std::string json = to_json(comparison).dump(2) + "\n";
  fmt::print("{}", options.json ? json : to_text(comparison));
  const auto written = [&](const std::filesystem::path& path, const std::string& text) {
    write_file(path, text);
    if (!options.json) fmt::print("{}\n", path.string());
  };
  if (!options.output.empty()) {
    const std::filesystem::path folder = options.output;
    written(folder / "compare.json", json);
    written(folder / "compare.html", compare_page(comparison));
  }
  if (!options.html.empty()) written(options.html, compare_page(comparison));
  return 0;
}

}  // namespace

Command add_compare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("compare", "profiles side by side: predicted, or measured by two processes");
  command->add_option("model", options->model, model_source_help)->required();
  command
      ->add_option("--profiles", options->profiles,
                   "which profiles, each NAME or NAME@MODEL for another model than the rest; ratios "
                   "are to the last one")
      ->type_name("NAME[@MODEL],...")
      ->delimiter(',')
      ->capture_default_str();
  options->plan.add_without_to(*command);
  options->prediction.add_to(*command);
  CLI::Option* run = command->add_flag("--run", options->run,
                                       "measure: two processes, TLS on loopback, shaped, on a random input");
  add_threads(*command, options->threads)->needs(run);
  command->add_flag("--ablation", options->ablation,
                    "also each profile without each of its passes, predicted");
  command->add_option("--output", options->output, "write compare.json and compare.html there")
      ->type_name("FOLDER");
  command->add_option("--html", options->html, "write one page with charts, which needs no network")
      ->type_name("FILE");
  add_json(*command, options->json);
  return {command, [options] { return compare(*options); }};
}

}  // namespace privquant
