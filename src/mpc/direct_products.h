// W·question in coefficients: each weight adds a shifted polynomial. Where weight polynomials have few terms that is less work
// than their transforms (docs/lattice.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lattice/ring.h"
#include "lattice/weighted_sums.h"
#include "mpc/lattice_layer.h"

namespace privquant {

class DirectProducts {
 public:
  /// Whether sums of this layer are exact.
  static bool fit(const LatticeLayer& layer);
  /// Whether they are, and are less work than transforms.
  static bool suit(const LatticeLayer& layer, const LatticePlan& plan, std::size_t blocks);

  /// Of a layer that fits. All of these must outlive it.
  DirectProducts(const LatticeRing& ring, const LatticeLayer& layer, const LatticePlan& plan,
                 const LatticeTiles& tiles, std::span<const std::int16_t> weights);

  /// The question's next polynomial, block by block, part by part: `first` by coefficients, `second` transformed.
  void add(const RnsPolynomial& first, RnsPolynomial second);

  struct Sums {
    RnsPolynomial first;   ///< coefficients at exponents 0, r, 2r, … alone
    RnsPolynomial second;  ///< all coefficients
  };
  /// Of consecutive output channels in one block.
  std::vector<Sums> of(std::size_t block, std::size_t first_channel, std::size_t channels) const;

 private:
  struct Term {
    std::size_t lane, tap;
  };
  std::vector<Term> terms_of(std::size_t group) const;
  template <typename Place>
  void sum(std::span<const double> weights, std::size_t terms, std::size_t count, const Place& place,
           RnsPolynomial Sums::*half, std::span<Sums> results) const;

  const LatticeRing& ring_;
  const LatticeLayer& layer_;
  const LatticePlan& plan_;
  const LatticeTiles& tiles_;
  std::span<const std::int16_t> weights_;
  std::size_t most_tap_;
  std::vector<HalvedResidues> first_;   // [block][part][lane in it][prime], coefficients at multiples of r
  std::vector<HalvedResidues> second_;  // [block][part][prime]
};

}  // namespace privquant
