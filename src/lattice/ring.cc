#include "lattice/ring.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace privquant {

RnsPolynomial RnsPolynomial::zeros(std::size_t degree, std::size_t primes) {
  RnsPolynomial result(degree, primes);
  result.clear();
  return result;
}

void RnsPolynomial::clear() { std::fill(values_.begin(), values_.end(), 0.0); }

LatticeRing::LatticeRing(LatticeSet set, std::size_t degree, const std::vector<std::uint64_t>& primes)
    : set_(set), degree_(degree), fractions_(primes), packed_fractions_({primes.data(), primes.size() - 1}) {
  for (const std::uint64_t prime : primes) {
    transforms_.emplace_back(degree, prime);
    auto& folded = folded_.emplace_back();
    for (std::size_t r = 1; r <= greatest_packing; r *= 2) folded.push_back(transforms_.back().folded(r));
  }
}

const Ntt& LatticeRing::folded_ntt(std::size_t i, std::size_t r) const {
  PQ_CHECK(std::has_single_bit(r) && r <= greatest_packing);
  return folded_[i][static_cast<std::size_t>(std::countr_zero(r))];
}

const LatticeRing& LatticeRing::of(LatticeSet set) {
  if (set == LatticeSet::small) {
    static const LatticeRing ring(set, 4096, lattice_primes(2));
    return ring;
  }
  static const LatticeRing ring(set, 8192, lattice_primes(3));
  return ring;
}

double LatticeRing::modulus_size() const {
  double size = 1;
  for (const Ntt& ntt : transforms_) size *= ntt.modulus().p;
  return size;
}

RnsPolynomial LatticeRing::transform(std::span<const std::int8_t> small) const {
  RnsPolynomial result(degree_, primes());
  for (std::size_t i = 0; i < primes(); ++i) std::copy(small.begin(), small.end(), result.residue(i).begin());
  forward(result);
  return result;
}

void LatticeRing::forward(RnsPolynomial& x) const {
  for (std::size_t i = 0; i < x.primes(); ++i) transforms_[i].forward(x.residue(i));
}

}  // namespace privquant
