// The encrypted side of one layer: questions of a client, the server's fresh encryptions of zero, and what
// the client rounds.
//
// Security  docs/lattice.md: low parts of RLWE samples hide ρ from the server; encryptions of zero and the
//           flood hide the weights from the client.
#pragma once

#include <array>
#include <vector>

#include "lattice/keys.h"
#include "lattice/noise.h"

namespace privquant {

/// A question's polynomial, as the client sees it: the fraction of −a·s + e to l + u bits, by coefficient. Before it is
/// rounded it moves by a random part of 1/q, so that all its bits are uniform together (docs/lattice.md).
class QuestionFractions {
 public:
  QuestionFractions(const ClientKey& key, const RnsPolynomial& a, Prg& random, int bits);
  Word128 operator[](std::size_t at) const;

 private:
  const LatticeRing& ring_;
  RnsPolynomial digits_;
  SecretVector<Word128> dither_;
  int bits_;
};

/// first += u · p0, second += u · p1 + e with fresh u and e. Takes both transformed; first stays so, second is
/// turned into its coefficients, where e is added.
void add_zero_encryption(const ServerKeys& keys, Prg& random, RnsPolynomial& first, RnsPolynomial& second);

/// What the server adds to the fraction of a wanted coefficient: its share and the flood.
struct MaskAndFlood {
  std::uint64_t share;  ///< the server's, modulo 2^l
  Word128 fraction;     ///< −share · 2^-l + f; f sums three uniform of ±2^(−l − gap_bits − 1)
};
/// From uniform words.
using FloodWords = std::array<Word128, 3>;
MaskAndFlood mask_and_flood(const FloodWords& random, int message_bits, int gap_bits);

/// Turns a polynomial, given by its coefficients, into fractions of its modulus, in 128 bits.
SecretVector<Word128> to_fractions(const LatticeRing& ring, const Fractions& fractions, RnsPolynomial x);

/// The coefficients of a transformed polynomial at exponents 0, r, 2r, … alone: N/r of them.
RnsPolynomial strided_coefficients(const LatticeRing& ring, const RnsPolynomial& x, std::size_t r);

/// To the nearest multiple of 2^-bits: an integer below 2^bits, bits < 64.
std::uint64_t round_fraction(Word128 fraction, int bits);

/// Reads a fraction of `bits` bits as a signed integer.
inline std::int64_t signed_fraction(std::uint64_t value, int bits) {
  return static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

}  // namespace privquant
