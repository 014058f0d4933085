// Sums of residues with small integer weights, without transforms: what products with polynomials of few terms are made of.
//
// Construction   a residue is high · 2^25 + low, and a double holds a sum of halves exactly, in any order, so that
//                nothing is reduced before the end. A sum is a plain matrix product, several outputs at a time.
// Security       no branch and no address depends on a weight or a value.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "base/bytes.h"
#include "lattice/modulus.h"

namespace privquant {

/// Σ|w| of an output must stay below this.
inline constexpr double most_summed_weight = 1 << 24;

/// Residues modulo one prime, cut in halves, and what follows them in a ring of X^n + 1: the first ones with the other sign.
class HalvedResidues {
 public:
  /// From balanced ones; `more` of them are repeated.
  HalvedResidues(std::span<const double> residues, std::size_t more);

  /// n + more values, low or high halves.
  const double* half(std::size_t which) const { return halves_[which].data(); }

 private:
  std::array<SecretVector<double>, 2> halves_;
};

/// Σ_t w_t · terms[t][k] for each k < count (a multiple of 16) and each output, one output's sums after the other's. `weights` holds
/// terms.size() integers for each output; each term has `count` readable values.
void weighted_sums(std::span<const double* const> terms, std::span<const double> weights, std::size_t count,
                   std::span<double> sums);

/// The balanced residues that sums of halves stand for, in place of the low ones; the high ones are used up.
void join_halves(const Modulus& modulus, std::span<double> low, std::span<double> high);

}  // namespace privquant
