// How many bits a question and an answer need: the bounds of docs/lattice.md, evaluated.
//
// Only additions, products and square roots of doubles, which every machine rounds alike: both parties find
// the same bits.
#pragma once

#include <cstdint>
#include <optional>

#include "lattice/ring.h"

namespace privquant {

/// What is public of a layer's weights and of what its answers must keep.
struct NoiseInput {
  int message_bits = 1;     ///< l
  int outputs_log2 = 23;    ///< c: an inference has at most 2^c wanted coefficients, of all its layers
  double weight_norm = 1;   ///< W1: bound on Σ|w| of an output channel
  double square_norm = 1;   ///< W2: bound on Σw²
  std::size_t packing = 1;  ///< r: outputs that share a polynomial, a power of two up to 128
};

/// Bits on the wire, for each coefficient.
struct Precision {
  int question_bits = 0;  ///< u: below the message
  int gap_bits = 2;       ///< κ: each of the flood's summands takes 2^-κ of the distance between messages
  int second_bits = 0;    ///< b1: of c1
  int first_bits = 0;     ///< b0: of c0
  bool operator==(const Precision&) const = default;
};

/// How often each kind of coefficient is sent; what the choice minimises.
struct Coefficients {
  std::size_t question = 0;  ///< of c0 in questions
  std::size_t second = 0;    ///< of c1 in answers, N each
  std::size_t first = 0;     ///< of c0 in answers
};

/// The bits that cost least in all; none if the set is too small for the layer.
std::optional<Precision> choose_precision(const LatticeRing& ring, const NoiseInput& input,
                                          const Coefficients& coefficients);

/// Bound on sqrt(E v²)/q of an answer before the flood, where messages have question_bits below them.
double mean_noise(const LatticeRing& ring, const NoiseInput& input, int question_bits);
/// Bound on |v|/q in the worst case.
double greatest_noise(const LatticeRing& ring, const NoiseInput& input, int question_bits);
/// Bound on the statistical distance that an inference's answers keep from those without noise.
double statistical_distance(const LatticeRing& ring, const NoiseInput& input, const Precision& precision);
/// Bound on the error of what the client rounds, in units of 2^-l, which fails with probability 2^-(41 + c): less
/// than 1/2 is right.
double greatest_error_of(const LatticeRing& ring, const NoiseInput& input, const Precision& precision);

/// c of an inference with so many wanted coefficients.
int outputs_log2_of(std::size_t coefficients);

}  // namespace privquant
