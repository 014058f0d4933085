// What an interrupted training or quantisation goes on from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "nn/real_model.h"

namespace privquant {

struct Checkpoint {
  /// What it may be resumed for: options, network, and a number that rises when the same options come to mean something else.
  std::string purpose;
  int finished_bounds = 0;  ///< their models are written
  int stage = 0;            ///< of the next bound
  AllRealWeights start;     ///< that the stage began with, by node of the real graph
  std::string training;     ///< Trainer::state(); empty before the first epoch
};

/// Beside what is to be written.
std::filesystem::path checkpoint_path(const std::filesystem::path& output);

/// Secret, as weights are: readable by the owner only. @throws Error(file)
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);
/// None if there is no such file. It is read by libtorch, which trusts it: a checkpoint must be one's own. @throws Error(file) if it is damaged.
std::optional<Checkpoint> load_checkpoint(const std::filesystem::path& path);

/// Of graph and weights, for a purpose; no secret can be read from it.
std::string fingerprint(const RealModel& model);

/// An empty one if there is no such file. @throws Error(usage) if it is of another purpose; Error(file) if it is damaged.
Checkpoint checkpoint_for(const std::string& purpose, const std::filesystem::path& path);

}  // namespace privquant
