// Which integers a network can reach, from its actual weights: the exact accumulator bound.
//
// For output channel o: hi = Σ max(w·x_min, w·x_max) + b, lo likewise, over the reachable interval of the
// input's channel. A node that feeds a Requantise keeps room for its rounding constant 2^(s−1), too.
// Only the resulting width is published.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/graph.h"

namespace privquant {

struct Interval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// Per node, per channel of its shape. @throws Error(model) if a bound leaves 64 bits.
std::vector<std::vector<Interval>> reachable(const Model& model);

/// The width that a signed type needs for an interval (at least 1).
int signed_bits(Interval interval);

/// Sets the type of every Conv2d, Linear, Add, AvgPool, GlobalAvgPool node to the smallest width that holds what is reachable
/// (accumulators are signed; sums of unsigned tensors stay unsigned). Types of Requantise nodes are given, not changed.
void set_accumulator_widths(Model& model);

}  // namespace privquant
