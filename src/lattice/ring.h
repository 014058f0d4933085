// The rings of the parameter sets and polynomials in them. Read this header first, then docs/lattice.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "lattice/fractions.h"
#include "lattice/ntt.h"

namespace privquant {

/// The greatest number of outputs that share a polynomial.
inline constexpr std::size_t greatest_packing = 128;

/// Residues of one polynomial modulo each prime, balanced, one after the other. Wiped when freed.
class RnsPolynomial {
 public:
  RnsPolynomial(std::size_t degree, std::size_t primes) : degree_(degree), values_(degree * primes) {}
  static RnsPolynomial zeros(std::size_t degree, std::size_t primes);

  void clear();

  std::size_t degree() const { return degree_; }
  std::size_t primes() const { return values_.size() / degree_; }
  std::span<double> residue(std::size_t i) { return {values_.data() + i * degree_, degree_}; }
  std::span<const double> residue(std::size_t i) const { return {values_.data() + i * degree_, degree_}; }

 private:
  std::size_t degree_;
  SecretVector<double> values_;
};

enum class LatticeSet { small, large };

/// Z_q[X]/(X^N + 1) at 128 bits of security: N = 4096 and q = 2^100, or 8192 and 2^150. The last prime is
/// dropped before packing, where it is what key switching divides by.
class LatticeRing {
 public:
  /// The one ring of a set; made at the first call.
  static const LatticeRing& of(LatticeSet set);

  LatticeSet set() const { return set_; }
  std::size_t degree() const { return degree_; }
  std::size_t primes() const { return transforms_.size(); }
  const Ntt& ntt(std::size_t i) const { return transforms_[i]; }
  /// The same of polynomials in X^r, r a power of two up to greatest_packing.
  const Ntt& folded_ntt(std::size_t i, std::size_t r) const;
  const Modulus& modulus(std::size_t i) const { return transforms_[i].modulus(); }
  /// Of q, and of q' = q without its last prime.
  const Fractions& fractions() const { return fractions_; }
  const Fractions& packed_fractions() const { return packed_fractions_; }
  /// Bits in which keys' dependent halves are sent, and h, the most nonzero coefficients that a secret has.
  int key_bits() const { return degree_ == 4096 ? 96 : 128; }
  std::size_t most_nonzero() const { return 17 * degree_ / 24; }
  /// q and q', rounded.
  double modulus_size() const;
  double packed_modulus_size() const { return modulus_size() / transforms_.back().modulus().p; }

  /// Small integers in every prime's transform.
  RnsPolynomial transform(std::span<const std::int8_t> small) const;
  void forward(RnsPolynomial& x) const;

 private:
  LatticeRing(LatticeSet set, std::size_t degree, const std::vector<std::uint64_t>& primes);

  LatticeSet set_;
  std::size_t degree_;
  std::vector<Ntt> transforms_;
  std::vector<std::vector<Ntt>> folded_;  // [prime][log2 r]
  Fractions fractions_, packed_fractions_;
};

}  // namespace privquant
