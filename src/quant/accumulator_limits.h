// Weights that keep accumulators within types chosen before: accumulator-aware quantisation.
//
// Channel o of a layer that reads x_low..x_high reaches P·x_high − N·x_low + b at most, and −N·x_high + P·x_low + b at
// least, P and N being the sums of its positive integer weights and of its negative ones' magnitudes. Both must fit the
// layer's own type and, where an Add takes its result, that of the sum; each with room for a rounding constant behind it.
// So P and N are bounded, and weights that exceed a bound are moved towards zero by one amount θ for all of a sign in the
// channel, which is the Euclidean projection onto an ℓ1 ball (Duchi et al., ICML 2008). Training in such weights follows
// A2Q+ (Colbert et al., arXiv 2401.10432). *Deviation:* the least θ whose *rounded* weights fit is searched, where A2Q+
// rounds towards zero; the bound comes from a chosen type, bias and residual included, not from a fixed width.
#pragma once

#include <torch/types.h>

#include <optional>
#include <vector>

#include "nn/graph.h"

namespace privquant {

/// In real numbers.
struct RealInterval {
  double low = 0, high = 0;
};
/// By node, by channel.
using RealReach = std::vector<std::vector<RealInterval>>;

RealReach real_reach(const Model& model);

/// What one layer's weighted sums may reach, in its accumulator's integers.
struct AccumulatorLimit {
  std::vector<double> high;  ///< by output channel: Σ w·x + b is at most this, which is not negative
  std::vector<double> low;   ///< and at least this, which is not positive
  double input_high = 0, input_low = 0;
};

/// By node of a quantised graph whose accumulators have types; none where a node has no weights. Two layers that meet in
/// an Add share what its type holds: each gets its part of `reach`, the network's when the types were chosen, and half of
/// what is left.
std::vector<std::optional<AccumulatorLimit>> accumulator_limits(const Graph& graph, const RealReach& reach);

/// The bias, in multiples of 2^exponent, clamped to the limit. The gradient passes.
torch::Tensor limit_bias(const torch::Tensor& bias, int exponent, const AccumulatorLimit& limit);

/// The weights (the outputs are the first dimension), some moved towards zero, so that rounded to `type` they keep the
/// limit, given each channel's integer bias, which keeps it. Gradients pass as if nothing was moved.
torch::Tensor limit_weights(const torch::Tensor& weights, const TensorType& type,
                            const torch::Tensor& integer_bias, const AccumulatorLimit& limit);

}  // namespace privquant
