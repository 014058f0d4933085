#include "lattice/answer.h"

#include <algorithm>

#include "base/error.h"
#include "lattice/sampling.h"

namespace privquant {
namespace {

// Sums of groups that lie side by side, balanced.
void fold(const Modulus& modulus, std::span<const double> values, std::span<double> sums) {
  constexpr std::size_t exact = 8;               // these and the rest so far, at most p/2: 4.5·p < 2^53
  constexpr double rounder = 3.0 * (1LL << 51);  // what is added to it is rounded to an integer
  const std::size_t group = values.size() / sums.size();
  for (std::size_t at = 0; at < sums.size(); ++at) {
    double sum = 0;
    for (std::size_t first = 0; first < group; first += exact) {
      for (std::size_t i = first; i < std::min(first + exact, group); ++i) sum += values[at * group + i];
      sum -= modulus.p * (sum * modulus.inverse + rounder - rounder);
    }
    sums[at] = sum;
  }
}

}  // namespace

QuestionFractions::QuestionFractions(const ClientKey& key, const RnsPolynomial& a, Prg& random, int bits)
    : ring_(key.ring()), digits_(key.encrypt(a, random)), dither_(key.ring().degree()), bits_(bits) {
  PQ_CHECK(bits >= 2 && bits < 128);
  random.fill(as_mutable_bytes(dither_));
}

Word128 QuestionFractions::operator[](std::size_t at) const {
  const Fractions& fractions = ring_.fractions();
  Fractions::Fine fraction = fractions.between(dither_[at]);
  fraction.high += Word128{1} << (127 - bits_);
  for (std::size_t i = 0; i < ring_.primes(); ++i)
    fraction += fractions.fine_digit(i, ring_.modulus(i).residue(digits_.residue(i)[at]));
  return fraction.high >> (128 - bits_);
}

void add_zero_encryption(const ServerKeys& keys, Prg& random, RnsPolynomial& first, RnsPolynomial& second) {
  const LatticeRing& ring = keys.ring();
  SecretVector<std::int8_t> small(ring.degree());
  sample_ternary(random, small);
  const RnsPolynomial u = ring.transform(small);
  sample_errors(random, small);
  const SecretVector<double> errors(small.begin(), small.end());
  for (std::size_t i = 0; i < ring.primes(); ++i) {
    const Modulus& modulus = ring.modulus(i);
    multiply_add_residues(modulus, u.residue(i), keys.first().residue(i), first.residue(i));
    multiply_add_residues(modulus, u.residue(i), keys.second().residue(i), second.residue(i));
    ring.ntt(i).inverse(second.residue(i));
    add_residues(modulus, errors, second.residue(i));
  }
}

MaskAndFlood mask_and_flood(const FloodWords& random, int message_bits, int gap_bits) {
  const int below = 128 - message_bits;
  const int flood_bits = below - gap_bits;
  const Word128 top = random[0] >> below;
  Word128 fraction = top << below;
  for (const Word128 word : random)
    fraction += (word & ((Word128{1} << flood_bits) - 1)) - (Word128{1} << (flood_bits - 1));
  const std::uint64_t modulus_mask = ~std::uint64_t{0} >> (64 - message_bits);
  return {(std::uint64_t{0} - static_cast<std::uint64_t>(top)) & modulus_mask, fraction};
}

SecretVector<Word128> to_fractions(const LatticeRing& ring, const Fractions& fractions, RnsPolynomial x) {
  PQ_CHECK(x.primes() == fractions.primes());
  SecretVector<Word128> result(x.degree());
  std::fill(result.begin(), result.end(), Word128{0});
  for (std::size_t i = 0; i < x.primes(); ++i) {
    const auto digits = x.residue(i);
    multiply_residues(ring.modulus(i), digits, fractions.digit_scale(i), digits);
    for (std::size_t at = 0; at < result.size(); ++at)
      result[at] += fractions.of_digit(i, ring.modulus(i).residue(digits[at]));
  }
  return result;
}

RnsPolynomial strided_coefficients(const LatticeRing& ring, const RnsPolynomial& x, std::size_t r) {
  RnsPolynomial result(x.degree() / r, x.primes());
  for (std::size_t i = 0; i < x.primes(); ++i) {
    fold(ring.modulus(i), x.residue(i), result.residue(i));
    ring.folded_ntt(i, r).inverse(result.residue(i), ring.modulus(i).invert(r));
  }
  return result;
}

std::uint64_t round_fraction(Word128 fraction, int bits) {
  return static_cast<std::uint64_t>((fraction + (Word128{1} << (127 - bits))) >> (128 - bits));
}

}  // namespace privquant
