// Options that several commands share, and what they mean.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <string>

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

/// --json.
void add_json(CLI::App& command, bool& json);
/// --profile.
void add_profile(CLI::App& command, std::string& profile);

}  // namespace privquant
