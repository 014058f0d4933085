// The number-theoretic transform of Z_p[X]/(X^N + 1), and products of polynomials in its domain.
//
// Construction   decimation in time with roots in bit-reversed order (Longa, Naehrig, ePrint 2016/504), two
//                levels a pass. Residues are doubles; a product with a constant w takes the quotient
//                round(x·(w/p)) and two fused multiply-adds that give the rest exactly (Shoup's idea with
//                floating point). Sums grow for a few levels before they are reduced.
// Dispatch       Highway at run time. Targets without fused multiply-add run the scalar twin in 64-bit
//                integers.
// Security       no branch and no address depends on a coefficient.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "lattice/modulus.h"

namespace privquant {

class Ntt {
 public:
  /// `degree`: a power of two, 32 to 8192.
  Ntt(std::size_t degree, std::uint64_t prime);
  /// Of polynomials in Y = X^r: the r values of X whose r-th power is one value of Y lie side by side, and
  /// their mean is what the coefficients at multiples of r have there.
  Ntt folded(std::size_t r) const;

  std::size_t degree() const { return degree_; }
  const Modulus& modulus() const { return modulus_; }

  /// In place. Takes |x| ≤ p, leaves balanced residues: values at the odd powers of the root, in
  /// bit-reversed order.
  void forward(std::span<double> x) const;
  /// The inverse, times `scale` (a residue in [0, p)).
  void inverse(std::span<double> x, std::uint64_t scale = 1) const;

 private:
  Ntt(std::size_t degree, const Modulus& modulus, std::uint64_t root);

  std::size_t degree_;
  Modulus modulus_;
  std::uint64_t root_;
  std::uint64_t degree_inverse_;
  // Balanced powers w of the root and w/p, in bit-reversed order; then those of its inverse.
  std::vector<double> roots_, quotients_, inverse_roots_, inverse_quotients_;
  // The last forward (first inverse) pass takes roots by fours: [level and place][block].
  std::vector<double> last_roots_, last_quotients_, first_inverse_roots_, first_inverse_quotients_;
};

/// out = a · b, balanced, of |a|, |b| ≤ p; sizes are multiples of 8.
void multiply_residues(const Modulus& modulus, std::span<const double> a, std::span<const double> b,
                       std::span<double> out);
/// sum = sum + a · b, balanced.
void multiply_add_residues(const Modulus& modulus, std::span<const double> a, std::span<const double> b,
                           std::span<double> sum);
/// sum = sum + Σ_t a_t · b_t, all balanced; each a_t and b_t has sum.size() residues, a multiple of 32.
void add_products(const Modulus& modulus, std::span<const double* const> a, std::span<const double* const> b,
                  std::span<double> sum);
/// out = a · constant.
void multiply_residues(const Modulus& modulus, std::span<const double> a, std::uint64_t constant,
                       std::span<double> out);
/// sum = sum + a, balanced.
void add_residues(const Modulus& modulus, std::span<const double> a, std::span<double> sum);

}  // namespace privquant
