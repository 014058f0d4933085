#include "lattice/fractions.h"

#include "base/error.h"

namespace privquant {
namespace {

// The words, low one first, and `rest` above them, divided by a prime and rounded down.
template <typename Words>
void divide(Words& words, std::uint64_t rest, std::uint64_t prime) {
  for (std::size_t at = words.size(); at-- > 0;) {
    const Word128 numerator = Word128{rest} << 64 | words[at];
    words[at] = static_cast<std::uint64_t>(numerator / prime);
    rest = static_cast<std::uint64_t>(numerator % prime);
  }
}

}  // namespace

Fractions::Fractions(std::span<const std::uint64_t> primes) {
  for (const std::uint64_t prime : primes) {
    Part part{Modulus(prime), 1, {}};
    for (const std::uint64_t other : primes) {
      if (other != prime) part.digit_scale = part.modulus.multiply(part.digit_scale, other % prime);
    }
    part.digit_scale = part.modulus.invert(part.digit_scale);
    divide(part.reciprocal, 1, prime);
    product_ *= prime;
    parts_.push_back(part);
  }
  // 2^192, divided by one prime after the other.
  unit_[3] = 1;
  for (const std::uint64_t prime : primes) divide(unit_, 0, prime);
}

Fractions::ToResidues::ToResidues(const Fractions& fractions, int bits) : fractions_(fractions), bits_(bits) {
  PQ_CHECK(bits >= 1 && bits <= 128);
  for (const Part& part : fractions.parts_) {
    const Modulus& modulus = part.modulus;
    const std::uint64_t unit = modulus.invert(modulus.power(2, static_cast<std::uint64_t>(bits)));
    // 2^-1 is 2^(bits−1) · 2^-bits. The rest is subtracted: its words are multiplied by −2^-bits and
    // −2^(64−bits).
    const std::uint64_t negative = modulus.value - unit;
    factors_.push_back({modulus.invert(2),
                        ConstantFactor(modulus, modulus.multiply(negative, modulus.power(2, 64))),
                        ConstantFactor(modulus, negative)});
  }
}

std::uint64_t Fractions::ToResidues::residue(std::size_t i, Word128 fraction) const {
  const Word128 mask = ~Word128{0} >> (128 - bits_);
  const Word128 rest = (fractions_.product_ * fraction + (Word128{1} << (bits_ - 1))) & mask;
  const Factors& factors = factors_[i];
  const Modulus& modulus = fractions_.parts_[i].modulus;
  const std::uint64_t sum = factors.high.times(static_cast<std::uint64_t>(rest >> 64)) +
                            factors.low.times(static_cast<std::uint64_t>(rest));
  return modulus.less_if_above(modulus.less_if_above(sum) + factors.half);
}

}  // namespace privquant
