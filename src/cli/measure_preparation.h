// Times the set-up of each OT extension, and the preparation of each kind of correlation, for the calibration.
#pragma once

#include <vector>

#include "plan/fit_calibration.h"

namespace privquant {

/// About `ots` OTs of each kind: millions, as a network needs, since fresh memory takes longer than what is in the
/// caches. Two processes over TLS on loopback. No other thread may run meanwhile. @throws Error as the parties do.
std::vector<TimedWork> measure_preparation(std::size_t ots);

}  // namespace privquant
