// Options that several commands share, and what they mean.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/choose_preparation.h"
#include "plan/plan.h"
#include "service/session_options.h"

namespace privquant {

/// --network, --timeout, --preparation-memory and --threads.
struct SessionArguments {
  std::string network;
  double timeout_seconds = 60;
  std::uint64_t preparation_mebibytes = 1024;
  unsigned threads = SessionOptions{}.threads;

  void add_to(CLI::App& command);
  /// @throws Error(usage)
  SessionOptions parse() const;
};

/// --ot.
struct OtArgument {
  std::string name = "auto";

  /// `automatic`: what "auto" means to the command, for its help.
  void add_to(CLI::App& command, const std::string& automatic);
  /// None for "auto". @throws Error(usage)
  std::optional<OtExtension> parse() const;
};

/// --profile, --without, --ot and --linear.
struct PlanArguments {
  std::string profile = "hybrid";
  std::vector<std::string> without;
  OtArgument ot;
  std::string linear = "auto";

  void add_to(CLI::App& command);
  /// All but --profile.
  void add_without_to(CLI::App& command);
  /// Without what preparation() asks for. `link`: the one that was asked for by name, whose rounds the plan
  /// weighs; none: the plan for no link in particular.
  PlanOptions parse(const std::optional<LinkShape>& link) const;
  /// --ot and --linear; none for "auto". @throws Error(usage)
  PreparationRequest preparation() const;
};

/// `options` with the preparation that was asked for; for "auto" the best one (plan/choose_preparation.h) by this
/// machine's calibration. @throws Error(model | usage)
PlanOptions with_preparation(PlanOptions options, const PreparationRequest& asked, const Graph& graph,
                             const std::optional<LinkShape>& link, std::size_t preparation_memory);

/// --network and --preparation-memory of commands that predict.
struct PredictionArguments {
  std::string network;  ///< empty where none is asked for
  std::uint64_t preparation_mebibytes = 1024;

  void add_to(CLI::App& command);
  /// The one to predict for: `lan` where none is asked for, none for "none". @throws Error(usage)
  std::optional<LinkShape> link() const;
  /// The one that was asked for, to plan for as `serve --network` does. @throws Error(usage)
  std::optional<LinkShape> named_link() const;
  std::size_t preparation_memory() const { return static_cast<std::size_t>(preparation_mebibytes) << 20; }
};

/// --threads, as in EngineOptions.
CLI::Option* add_threads(CLI::App& command, unsigned& threads);

/// Takes numbers from `least` to `most`, and neither nan nor inf.
CLI::Validator within(double least, double most);

/// --json.
void add_json(CLI::App& command, bool& json);

}  // namespace privquant
