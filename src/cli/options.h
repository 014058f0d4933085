// Options that several commands share, and what they mean.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "service/session_options.h"

namespace privquant {

/// --network, --timeout and --preparation-memory.
struct SessionArguments {
  std::string network;
  double timeout_seconds = 60;
  std::uint64_t preparation_mebibytes = 1024;

  void add_to(CLI::App& command);
  /// @throws Error(usage)
  SessionOptions parse() const;
};

/// --profile and --without.
struct PlanArguments {
  std::string profile = PlanOptions{}.profile;
  std::vector<std::string> without;

  void add_to(CLI::App& command);
  void add_without_to(CLI::App& command);
  PlanOptions parse() const;
};

/// --network and --preparation-memory of commands that predict.
struct PredictionArguments {
  std::string network = "lan";
  std::uint64_t preparation_mebibytes = 1024;

  void add_to(CLI::App& command);
  /// None for "none". @throws Error(usage)
  std::optional<LinkShape> link() const;
  std::size_t preparation_memory() const { return static_cast<std::size_t>(preparation_mebibytes) << 20; }
};

/// --json.
void add_json(CLI::App& command, bool& json);

}  // namespace privquant
