// Times the extension of correlations of each kind, for the calibration.
#pragma once

#include <vector>

#include "plan/fit_calibration.h"

namespace privquant {

/// Two processes over TLS on loopback. No other thread may run meanwhile. @throws Error as the parties do.
std::vector<TimedWork> measure_preparation();

}  // namespace privquant
