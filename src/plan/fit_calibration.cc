#include "plan/fit_calibration.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace privquant {
namespace {

// Coordinate descent on a convex problem of few unknowns: far more sweeps than it takes.
constexpr int sweeps = 20'000;

// Times scatter in proportion to their root: without weights a few long steps would drown the many short
// ones. Below a millisecond it is the system's noise.
double weight_of(const TimedWork& sample) { return 1 / std::sqrt(std::max(sample.seconds, 1e-3)); }

std::array<WorkKind, work_kinds> all_kinds() {
  std::array<WorkKind, work_kinds> kinds{};
  for (std::size_t i = 0; i < work_kinds; ++i) kinds.at(i) = static_cast<WorkKind>(i);
  return kinds;
}

}  // namespace

Calibration fit_calibration(std::span<const TimedWork> measured) {
  const auto kinds = all_kinds();
  std::vector<TimedWork> samples(measured.begin(), measured.end());
  for (TimedWork& sample : samples) {
    const double weight = weight_of(sample);
    sample.seconds *= weight;
    for (const WorkKind kind : kinds) sample.work[kind] *= weight;
  }
  // Units differ by many orders of magnitude; each kind is scaled to length 1.
  ByWorkKind length;
  for (const WorkKind kind : kinds) {
    double square = 0;
    for (const TimedWork& sample : samples) square += sample.work[kind] * sample.work[kind];
    length[kind] = std::sqrt(square);
  }
  ByWorkKind scaled;
  std::vector<double> missing;
  missing.reserve(samples.size());
  for (const TimedWork& sample : samples) missing.push_back(sample.seconds);
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    for (const WorkKind kind : kinds) {
      if (length[kind] == 0) continue;
      double gradient = 0;
      for (std::size_t i = 0; i < samples.size(); ++i)
        gradient += samples[i].work[kind] / length[kind] * missing[i];
      const double next = std::max(0.0, scaled[kind] + gradient);
      const double step = next - scaled[kind];
      if (step == 0) continue;
      scaled[kind] = next;
      for (std::size_t i = 0; i < samples.size(); ++i)
        missing[i] -= step * samples[i].work[kind] / length[kind];
    }
  }
  Calibration result = default_calibration();
  for (const WorkKind kind : kinds) {
    if (length[kind] != 0) result[kind] = scaled[kind] / length[kind];
  }
  return result;
}

}  // namespace privquant
