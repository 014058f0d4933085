// Profiles of one network side by side, as data: what `privquant compare` found.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/measure.h"
#include "plan/plan_report.h"

namespace privquant {

struct ComparedLayer {
  std::string name;
  std::string op;
  std::string protocol;
  std::uint64_t bytes = 0;  ///< both ways, its part of the preparation included
  std::uint64_t bytes_online = 0;
  std::uint64_t rounds = 0;  ///< online
  double seconds = 0;        ///< its part of the preparation included
  std::map<std::string, std::uint64_t> by_functionality;
};

/// One inference by one profile: predicted, or measured.
struct ComparedProfile {
  std::string name;
  std::string extension;          ///< what makes its OTs
  std::string linear;             ///< what its linear layers may be prepared with: ot, lattice, auto
  std::uint64_t round_bytes = 0;  ///< what its plan takes a round to be worth
  std::uint64_t bytes = 0;        ///< preparation and online, both ways; without set-up
  std::uint64_t bytes_online = 0;
  std::uint64_t rounds = 0;
  std::uint64_t rounds_online = 0;
  double seconds = 0;
  double seconds_online = 0;
  bool measured = false;
  std::vector<ComparedLayer> layers;
  /// Where measured: what had been predicted, and the most memory of each party.
  std::optional<double> predicted_seconds;
  std::uint64_t server_peak_bytes = 0;
  std::uint64_t client_peak_bytes = 0;
};

/// A profile without one of its passes; the first entry is without none.
struct AblationEntry {
  std::string without;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_online = 0;
  std::uint64_t rounds = 0;
  double seconds = 0;
};
struct Ablation {
  std::string profile;
  std::vector<AblationEntry> entries;
};

struct Comparison {
  std::string network;
  std::string link;
  std::string calibration;  ///< where predicted seconds come from
  unsigned threads = 1;     ///< of each party, as measured; predictions are for one
  std::vector<ComparedProfile> profiles;
  std::vector<Ablation> ablations;
};

ComparedProfile predicted_profile(const Graph& graph, const std::string& name, const PlanReport& report);
/// The measured figures in the place of the predicted ones.
ComparedProfile measured_profile(const Graph& graph, const std::string& name, const PlanReport& report,
                                 const Measurement& measured);

/// What follows the link; nothing for one thread.
std::string threads_text(const Comparison& comparison);
nlohmann::ordered_json to_json(const Comparison& comparison);
std::string to_text(const Comparison& comparison);

}  // namespace privquant
