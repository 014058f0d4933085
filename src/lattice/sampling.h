// Random polynomials: ternary secrets, errors, and the public uniform halves of ciphertexts.
//
// Security: secrets and errors are sampled in constant time: a fixed number of bits of the stream each, no
// branch, no table.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/prg.h"
#include "lattice/modulus.h"

namespace privquant {

/// Greatest |error|, and the variance: sums of 21 bits, subtracted from each other.
inline constexpr int greatest_error = 21;
inline constexpr double error_variance = 10.5;

/// Uniform in {−1, 0, 1}, up to 2^-63.
void sample_ternary(Prg& random, std::span<std::int8_t> out);
/// Centred binomial of 21 + 21 bits.
void sample_errors(Prg& random, std::span<std::int8_t> out);
/// Uniform modulo p, balanced: the low 50 bits of a word each, drawn again where they are p or more.
/// Public: not in constant time.
void sample_uniform(Prg& random, const Modulus& modulus, std::span<double> out);

}  // namespace privquant
