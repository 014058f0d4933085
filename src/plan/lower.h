// What lowering a graph to steps needs to know of rings, from public types alone.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace privquant {

/// For each node the ring in which its consumers would like its result: at least its type's bits, and more
/// where a consumer needs head-room. Producers that can work in any ring follow it; others give what they
/// have, and the consumer extends.
std::vector<int> wanted_widths(const Graph& graph, const PlanOptions& options);

/// Facts about a Requantise node.
struct RequantiseFacts {
  int shift;
  std::uint64_t rounding;  ///< 2^(shift − 1), 0 without a shift
  bool clips_below;
  bool clips_above;
  int input_width;  ///< ring that the input must be in, above `shift`
};
/// @throws Error(model) if no ring is wide enough.
RequantiseFacts requantise_facts(const Graph& graph, NodeId requantise);

/// Which sides of a Clip can act, and the ring that their comparisons need.
struct ClipFacts {
  bool below;
  bool above;
  int width;
};
ClipFacts clip_facts(const TensorType& input, const Clip& clip);

}  // namespace privquant
