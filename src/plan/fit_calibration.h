// Fits seconds per unit of work to measured times.
#pragma once

#include <span>

#include "plan/time_model.h"

namespace privquant {

struct TimedWork {
  Work work;
  double seconds = 0;
};

/// Least squares over coefficients that are not negative. A kind of work that no sample has keeps its
/// default.
Calibration fit_calibration(std::span<const TimedWork> samples);

}  // namespace privquant
