#include "lattice/noise.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "lattice/sampling.h"

namespace privquant {
namespace {

// ClientKey::multiply takes so many.
constexpr int greatest_second_bits = 49;
constexpr double ln2 = 0.6931471805599453;
// Distance and failures of an inference, 2^-41 each.
constexpr int inference_bits = 41;
constexpr int most_outputs_log2 = 40;
// Of the flood beyond the worst noise, whatever the distance asks for.
constexpr int least_flood_bits = 40;
// Half the square root of the flood's Fisher information, 1.07 for summands of width 1, and what its steps add.
constexpr double flood_roughness = 1.1;
// Fractions of answers: in 128 bits, each prime's part rounded down, three at most; and a simulator's rounding.
constexpr double grid_error = 0x1p-126;

// H: failures of one coefficient.
int failure_bits(const NoiseInput& input) { return inference_bits + input.outputs_log2; }

// The flood's summands, as a fraction.
double flood_width(const NoiseInput& input, int gap_bits) {
  return std::ldexp(1.0, -input.message_bits - gap_bits);
}

// D.
double key_step(const LatticeRing& ring) { return ring.modulus_size() * std::ldexp(1.0, -ring.key_bits()); }

// By so much fractions of keys are too small before they are rounded.
double key_floor(const LatticeRing& ring) {
  return 2 * static_cast<double>(ring.primes()) * ring.modulus_size() * 0x1p-128;
}

// Δ.
double question_step(const LatticeRing& ring, const NoiseInput& input, int question_bits) {
  return ring.modulus_size() * std::ldexp(1.0, -input.message_bits - question_bits);
}

// T: rounding errors of c1, uniform in ±1/2, times the secret.
double rounding_tail(const LatticeRing& ring, const NoiseInput& input) {
  return std::sqrt((failure_bits(input) + 6) * ln2 * static_cast<double>(ring.most_nonzero()) / 6);
}

// What packing adds, in units of 1/q'.
double packing_error(const LatticeRing& ring, const NoiseInput& input) {
  const double tail = rounding_tail(ring, input);
  const double digits = static_cast<double>(ring.primes() - 1);
  // Primes differ by less than 2^-20 of themselves.
  const double digit_ratio = 1 + 0x1p-20;
  const double one_switch = std::sqrt((failure_bits(input) + 6) * ln2 / 6) *
                                std::sqrt(static_cast<double>(ring.degree()) * digits) *
                                (greatest_error + 1 + key_step(ring) / 2 + key_floor(ring)) * digit_ratio +
                            tail + 1;
  const auto outputs = static_cast<double>(input.packing);
  return tail + (outputs - 1) * one_switch + outputs;
}

bool hides(const LatticeRing& ring, const NoiseInput& input, const Precision& precision) {
  return statistical_distance(ring, input, precision) <= std::ldexp(1.0, -inference_bits) &&
         std::ldexp(greatest_noise(ring, input, precision.question_bits), least_flood_bits) <=
             flood_width(input, precision.gap_bits);
}

}  // namespace

double mean_noise(const LatticeRing& ring, const NoiseInput& input, int question_bits) {
  const double deviation = std::sqrt(error_variance);
  const double uniform = std::sqrt(12.0);
  const double question = deviation + question_step(ring, input, question_bits) / uniform;
  const double key = deviation + key_step(ring) / uniform + key_floor(ring);
  const auto degree = static_cast<double>(ring.degree());
  const double squares = input.square_norm * question * question + 2 * degree / 3 * key * key +
                         error_variance * static_cast<double>(ring.most_nonzero());
  return (std::sqrt(squares) + 1.5 * input.weight_norm + degree / 2 + 2) / ring.modulus_size();
}

double greatest_noise(const LatticeRing& ring, const NoiseInput& input, int question_bits) {
  const double question = greatest_error + 2 + question_step(ring, input, question_bits) / 2;
  const double key = greatest_error + 1 + key_step(ring) / 2 + key_floor(ring);
  return (input.weight_norm * question + static_cast<double>(ring.degree()) * key +
          greatest_error * static_cast<double>(ring.most_nonzero()) + 1) /
         ring.modulus_size();
}

double greatest_error_of(const LatticeRing& ring, const NoiseInput& input, const Precision& precision) {
  const double flood = std::ldexp(1.5, -precision.gap_bits);  // the greatest, in units of 2^-l
  double rest = greatest_noise(ring, input, precision.question_bits) +
                rounding_tail(ring, input) * std::ldexp(1.0, -precision.second_bits) +
                std::ldexp(1.0, -precision.first_bits - 1) + 0x1p-62;
  if (input.packing > 1) rest += packing_error(ring, input) / ring.packed_modulus_size();
  return flood + std::ldexp(rest, input.message_bits);
}

double statistical_distance(const LatticeRing& ring, const NoiseInput& input, const Precision& precision) {
  // c may be odd.
  const double outputs = std::sqrt(std::ldexp(1.0, input.outputs_log2));
  return flood_roughness * outputs * (mean_noise(ring, input, precision.question_bits) + grid_error) /
         flood_width(input, precision.gap_bits);
}

std::optional<Precision> choose_precision(const LatticeRing& ring, const NoiseInput& input,
                                          const Coefficients& coefficients) {
  std::optional<Precision> best;
  std::size_t least = 0;
  const int l = input.message_bits;
  for (Precision p{.gap_bits = 2}; p.gap_bits <= 9; ++p.gap_bits) {
    p.question_bits = 1;
    while (l + p.question_bits <= 120 && !hides(ring, input, p)) ++p.question_bits;
    if (l + p.question_bits > 120) continue;
    for (p.first_bits = l + 1; p.first_bits <= l + 8; ++p.first_bits) {
      for (p.second_bits = l + 3; p.second_bits <= std::min(l + 14, greatest_second_bits); ++p.second_bits) {
        if (greatest_error_of(ring, input, p) >= 0.5) continue;
        const std::size_t bits = coefficients.question * static_cast<std::size_t>(p.question_bits) +
                                 coefficients.second * static_cast<std::size_t>(p.second_bits) +
                                 coefficients.first * static_cast<std::size_t>(p.first_bits);
        if (!best || bits < least) {
          best = p;
          least = bits;
        }
        break;
      }
    }
  }
  return best;
}

int outputs_log2_of(std::size_t coefficients) {
  int bits = 0;
  while (std::size_t{1} << bits < coefficients) PQ_CHECK(++bits <= most_outputs_log2);
  return bits;
}

}  // namespace privquant
