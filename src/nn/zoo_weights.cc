#include "nn/zoo_weights.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "nn/tensor_type.h"

namespace privquant {

namespace {

// Scales are fixed-point numbers: 256 is 1.
constexpr int scale_one = 256;

/// Uniform in [low, low + 2^log2_span).
std::int64_t uniform(std::uint64_t random_bits, std::int64_t low, int log2_span) {
  return low + static_cast<std::int64_t>(random_bits & ((std::uint64_t{1} << log2_span) - 1));
}

/// Uniform between 0.5 and 1.5.
std::int64_t spread_scale(std::uint64_t random_bits) { return uniform(random_bits, scale_one / 2, 8); }

/// Four 12-bit draws, centred: bell-shaped, with a deviation of 2365.
std::int64_t bell(std::uint64_t random_bits) {
  std::int64_t sum = -2 * 4095;
  for (int i = 0; i < 4; ++i) sum += uniform(random_bits >> (12 * i), 0, 12);
  return sum;
}

/// Reals as fixed-point numbers below 2^21.
std::vector<std::int32_t> random_reals(std::mt19937_64& generator, std::size_t outputs, std::size_t fan_in) {
  std::vector<std::int32_t> reals;
  reals.reserve(outputs * fan_in);
  // An octave of layer scales: the power-of-two step is too coarse for some layers and too fine for others.
  const std::int64_t layer = uniform(generator(), scale_one, 8);
  for (std::size_t output = 0; output < outputs; ++output) {
    // Batch normalisation folded in: channels differ in scale.
    const std::int64_t channel = layer * spread_scale(generator()) / scale_one;
    // Trained filters do not sum to zero, which makes the greater one of a channel's two one-sided norms
    // greater.
    const std::int64_t mean = bell(generator()) / 7;
    for (std::size_t i = 0; i < fan_in; ++i) {
      const std::uint64_t draw = generator();
      // A bell of random scale: a trained channel's peak at 0 and its tails, with a kurtosis of 4.2.
      const std::int64_t tail = scale_one / 4 + uniform(draw >> 48, 0, 9) * 3 / 4;
      const std::int64_t value = bell(draw) * tail / scale_one + mean;
      reals.push_back(static_cast<std::int32_t>(value * channel / 16));
    }
  }
  return reals;
}

std::int64_t rounded(std::int64_t real, int log2_step, const TensorType& type) {
  const std::int64_t half = (std::int64_t{1} << log2_step) >> 1;
  return std::clamp((real + half) >> log2_step, type.min(), type.max());
}

/// Of all powers of two.
int best_log2_step(const std::vector<std::int32_t>& reals, const TensorType& type) {
  std::int64_t greatest = 1;
  for (const std::int64_t real : reals) greatest = std::max(greatest, std::abs(real));
  int step = 0;
  while (rounded(greatest, step, {64, true, 0}) > type.max()) ++step;
  // From there on, where nothing clips, the error falls to one minimum and rises.
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (; step >= 0; --step) {
    std::int64_t error = 0;
    for (const std::int64_t real : reals) {
      const std::int64_t difference = real - (rounded(real, step, type) << step);
      error += difference * difference;
    }
    if (error > least) break;
    least = error;
  }
  return step + 1;
}

}  // namespace

std::vector<std::int16_t> trained_like_weights(std::mt19937_64& generator, std::size_t outputs,
                                               std::size_t fan_in, int bits) {
  const TensorType type{bits, true, 0};
  const std::vector<std::int32_t> reals = random_reals(generator, outputs, fan_in);
  const int step = best_log2_step(reals, type);
  std::vector<std::int16_t> weights;
  weights.reserve(reals.size());
  for (const std::int32_t real : reals)
    weights.push_back(static_cast<std::int16_t>(rounded(real, step, type)));
  return weights;
}

}  // namespace privquant
