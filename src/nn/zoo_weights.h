// Random weights whose L1 norms, and so accumulators, resemble a trained network's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace privquant {

/// `outputs` rows of `fan_in` integers of `bits` bits, as a quantiser leaves them: random reals rounded to
/// the power-of-two step of least squared error (docs/quantization.md). Integer arithmetic throughout: the
/// same on every machine.
std::vector<std::int16_t> trained_like_weights(std::mt19937_64& generator, std::size_t outputs,
                                               std::size_t fan_in, int bits);

}  // namespace privquant
