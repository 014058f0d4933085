// The calibration of this machine's time model, kept between runs.
#pragma once

#include <filesystem>
#include <string>

#include "plan/time_model.h"

namespace privquant {

/// $XDG_CACHE_HOME/privquant/calibration.json, or the same under ~/.cache. @throws Error(usage) if neither is
/// known.
std::filesystem::path calibration_path();

/// With this machine's name and processor. Makes the folder, too. @throws Error(file)
void save_calibration(const Calibration& calibration, const std::filesystem::path& path);

struct ChosenCalibration {
  Calibration calibration;
  std::string origin;  ///< one line for the user
};
/// What calibration_path() holds if it was measured on this machine; otherwise the built-in one.
ChosenCalibration choose_calibration();

}  // namespace privquant
