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
  bool operator==(const Interval&) const = default;
};

/// Per node, per channel of its shape. The graph must be valid but for the accumulators' widths, the weights
/// complete. @throws Error(model) naming the layer if a bound leaves 64 bits.
std::vector<std::vector<Interval>> reachable(const Model& model);

/// The same for node `id` alone, from the intervals of the nodes before it.
std::vector<Interval> reachable_result(const Model& model, NodeId id,
                                       const std::vector<std::vector<Interval>>& earlier);

/// Per node, the greatest rounding constant 2^(s−1) that a Requantise adds to its values, be it behind nodes
/// that hand the values on (Relu, Clip, MaxPool, Flatten, Concat, PadChannels); 0 if none.
std::vector<std::int64_t> rounding_room(const Graph& graph);

/// The width that a signed type needs for an interval (at least 1).
int signed_bits(Interval interval);

/// True for Conv2d, Linear, Add, AvgPool, GlobalAvgPool: the nodes whose width follows from their inputs.
bool is_accumulator(const Operator& op);

/// The interval that an accumulator's type has to hold: everything reachable, and the rounding room above it.
/// @throws Error(model) naming the layer if that leaves 64 bits.
Interval required_interval(const Node& node, const std::vector<Interval>& reachable_values,
                           std::int64_t room);

/// Sets the type of every Conv2d, Linear, Add, AvgPool, GlobalAvgPool node to the smallest width that holds
/// what is reachable (accumulators are signed; sums of unsigned tensors stay unsigned), and lets the nodes
/// that hand values on follow. Types of Requantise nodes and all exponents are given, not changed.
/// @throws Error(model) if the model is wrong in anything else than these widths.
void set_accumulator_widths(Model& model);

}  // namespace privquant
