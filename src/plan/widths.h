// Rings that follow from public types alone: which one a node's consumers want, and what a clip needs.
#pragma once

#include <vector>

#include "plan/passes.h"
#include "plan/plan.h"

namespace privquant {

/// For each node the ring in which its consumers would like its result: at least its type's bits, and more
/// where a consumer needs head-room. Producers that can work in any ring follow it; others give what they
/// have, and the consumer extends.
std::vector<int> wanted_widths(const Graph& graph, const PlanOptions& options, const Profile& profile);

/// Facts about a Requantise node.
struct RequantiseFacts {
  int shift;
  std::uint64_t rounding;  ///< 2^(shift − 1), 0 without a shift
  bool clips_below;
  bool clips_above;
  bool exceeds_by_one;  ///< clips above only, and only 2^bits: the value before the clip is unsigned
  int input_width;      ///< ring that the input must be in, above `shift`
};
/// @throws Error(model) if no ring is wide enough.
RequantiseFacts requantise_facts(const Graph& graph, NodeId requantise, const Profile& profile);

/// Which sides of a Clip can act, and the ring that their comparisons need.
struct ClipFacts {
  bool below;
  bool above;
  int width;
};
ClipFacts clip_facts(const TensorType& input, const Clip& clip);

/// The graph with accumulators as wide as fan-in and operands allow at most, which is what a system that
/// knows no weights assumes: what profiles without the pass accumulator-bound compile.
Graph with_fan_in_widths(const Graph& graph);

/// ⌈log2 fan-in⌉ of a Conv2d or Linear, 0 of other nodes.
int fan_in_bits(const Graph& graph, NodeId node);

}  // namespace privquant
