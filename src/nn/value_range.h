// What a node that hands values on can publicly yield.
#pragma once

#include <algorithm>

#include "nn/bounds.h"
#include "nn/graph.h"

namespace privquant {

/// Relu or Clip on an interval; any other operator leaves it.
inline Interval clamp(const Operator& op, Interval interval) {
  if (std::holds_alternative<Relu>(op)) {
    return {std::max<std::int64_t>(interval.low, 0), std::max<std::int64_t>(interval.high, 0)};
  }
  if (const auto* clip = std::get_if<Clip>(&op)) {
    const auto limit = [clip](std::int64_t x) { return std::min(std::max(x, clip->low), clip->high); };
    return {limit(interval.low), limit(interval.high)};
  }
  return interval;
}

inline bool holds(const TensorType& type, Interval interval) {
  return type.min() <= interval.low && interval.high <= type.max();
}

}  // namespace privquant
