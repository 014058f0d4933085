#include "lattice/packing.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "base/error.h"

namespace privquant {
namespace {

// x · X^shift modulo X^N + 1.
RnsPolynomial shifted(const RnsPolynomial& x, std::size_t shift) {
  RnsPolynomial result(x.degree(), x.primes());
  for (std::size_t i = 0; i < x.primes(); ++i) {
    const auto in = x.residue(i);
    const auto out = result.residue(i);
    std::copy(in.begin(), in.end() - static_cast<std::ptrdiff_t>(shift),
              out.begin() + static_cast<std::ptrdiff_t>(shift));
    std::transform(in.end() - static_cast<std::ptrdiff_t>(shift), in.end(), out.begin(), std::negate<>());
  }
  return result;
}

void add(const LatticeRing& ring, const RnsPolynomial& x, RnsPolynomial& sum) {
  for (std::size_t i = 0; i < sum.primes(); ++i) add_residues(ring.modulus(i), x.residue(i), sum.residue(i));
}

RnsPolynomial negated(RnsPolynomial x) {
  for (std::size_t i = 0; i < x.primes(); ++i) {
    for (double& value : x.residue(i)) value = -value;
  }
  return x;
}

RnsPolynomial rotated(std::size_t r, const RnsPolynomial& x) {
  RnsPolynomial result(x.degree(), x.primes());
  for (std::size_t i = 0; i < x.primes(); ++i) apply_automorphism<double>(r, x.residue(i), result.residue(i));
  return result;
}

// From the key s(X^g) to s: Σ_j d_j · (k0_j, k1_j), divided by the last prime.
PackedHalves switch_key(const LatticeRing& ring, const PackingKey& key, const RnsPolynomial& x) {
  const std::size_t degree = ring.degree();
  RnsPolynomial first = RnsPolynomial::zeros(degree, ring.primes());
  RnsPolynomial second = RnsPolynomial::zeros(degree, ring.primes());
  SecretVector<double> digit(degree);
  for (std::size_t j = 0; j + 1 < ring.primes(); ++j) {
    for (std::size_t i = 0; i < ring.primes(); ++i) {
      const auto source = x.residue(j);
      std::copy(source.begin(), source.end(), digit.begin());
      // Balanced modulo p_j; all primes are close enough for every transform.
      ring.ntt(i).forward(digit);
      multiply_add_residues(ring.modulus(i), digit, key.first[j].residue(i), first.residue(i));
      multiply_add_residues(ring.modulus(i), digit, key.second[j].residue(i), second.residue(i));
    }
  }
  for (std::size_t i = 0; i < ring.primes(); ++i) {
    ring.ntt(i).inverse(first.residue(i));
    ring.ntt(i).inverse(second.residue(i));
  }
  return {drop_last_prime(ring, first), drop_last_prime(ring, second)};
}

using Slot = std::optional<PackedHalves>;

PackedHalves merge(const ServerKeys& keys, std::size_t r, Slot even, Slot odd) {
  const LatticeRing& ring = keys.ring();
  PQ_CHECK(even.has_value());
  if (!odd) {
    add(ring, RnsPolynomial(even->first), even->first);
    add(ring, RnsPolynomial(even->second), even->second);
    return std::move(*even);
  }
  PackedHalves sum{shifted(odd->first, r / 2), shifted(odd->second, r / 2)};
  PackedHalves difference{negated(sum.first), negated(sum.second)};
  add(ring, even->first, sum.first);
  add(ring, even->second, sum.second);
  add(ring, even->first, difference.first);
  add(ring, even->second, difference.second);
  const PackedHalves switched = switch_key(ring, keys.packing(r), rotated(r, difference.second));
  add(ring, rotated(r, difference.first), sum.first);
  add(ring, switched.first, sum.first);
  add(ring, switched.second, sum.second);
  return sum;
}

}  // namespace

RnsPolynomial drop_last_prime(const LatticeRing& ring, const RnsPolynomial& x) {
  const std::size_t last = x.primes() - 1;
  RnsPolynomial result(x.degree(), last);
  for (std::size_t i = 0; i < last; ++i) {
    const Modulus& modulus = ring.modulus(i);
    const auto out = result.residue(i);
    std::transform(x.residue(last).begin(), x.residue(last).end(), out.begin(), std::negate<>());
    add_residues(modulus, x.residue(i), out);
    multiply_residues(modulus, out, modulus.invert(ring.modulus(last).value % modulus.value), out);
  }
  return result;
}

PackedHalves pack_answers(const ServerKeys& keys, std::size_t r, std::vector<RnsPolynomial> seconds) {
  const LatticeRing& ring = keys.ring();
  PQ_CHECK(r >= 2 && !seconds.empty() && seconds.size() <= r);
  std::vector<Slot> slots(r);
  for (std::size_t at = 0; at < seconds.size(); ++at) {
    RnsPolynomial& second = seconds[at];
    PQ_CHECK(second.primes() + 1 == ring.primes());
    for (std::size_t i = 0; i < second.primes(); ++i) {
      const Modulus& modulus = ring.modulus(i);
      multiply_residues(modulus, second.residue(i), modulus.invert(r), second.residue(i));
    }
    slots[at] = PackedHalves{RnsPolynomial::zeros(ring.degree(), second.primes()), std::move(second)};
  }
  for (std::size_t level = r; level >= 2; level /= 2) {
    for (std::size_t i = 0; i < level / 2; ++i) {
      if (slots[i]) slots[i] = merge(keys, level, std::move(slots[i]), std::move(slots[i + level / 2]));
    }
  }
  return std::move(*slots[0]);
}

}  // namespace privquant
