// From graph nodes to steps: the state of a plan under construction.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace privquant {

/// For each node the ring in which its consumers would like its result: at least its type's bits, and more
/// where a consumer needs head-room. Producers that can work in any ring follow it; others give what they
/// have, and the consumer extends.
std::vector<int> wanted_widths(const Graph& graph, const PlanOptions& options);

/// Facts about a Requantise node that follow from public types.
struct RequantiseFacts {
  int shift;
  std::uint64_t rounding;  ///< 2^(shift − 1), 0 without a shift
  bool clips_below;
  bool clips_above;
  int input_width;  ///< ring that the input must be in
};
RequantiseFacts requantise_facts(const TensorType& input, const TensorType& output);

/// The ring that Clip needs for its comparisons.
int clip_width(const TensorType& input, const Clip& clip);

}  // namespace privquant
