// A price that an integer program can hold: a constant, a part for each layer, a part for each pair of
// neighbours.
//
// Model  price(c) ≈ base + Σ_l own_l(c_l) + Σ_(l,m) pair_lm(c_l, c_m), sampled from the exact price P around one
//        choice:
//        own_l(a)     = P(l ↦ a) − P
//        pair_lm(a,b) = P(l ↦ a, m ↦ b) − P(l ↦ a) − P(m ↦ b) + P
// Exact  where no three layers' widths act together, and none but neighbours' in pairs.
// Cost   1 + Σ candidates evaluations for the constant and the layers. A pair of few candidates is sampled whole.
//        Of a greater one, candidates that act alike on a few probes of the other layer share a class, one cell
//        of each pair of classes is sampled, and random cells are checked; a cell that is wrong becomes a probe.
#pragma once

#include <cstddef>
#include <vector>

#include "search/exact_price.h"

namespace privquant {

/// What two layers' widths cost beyond each alone.
struct PairPrice {
  std::size_t first = 0, second = 0;      ///< layers
  std::vector<std::size_t> first_class;   ///< by candidate: those of a class cost the same
  std::vector<std::size_t> second_class;  ///< by candidate
  std::size_t first_classes = 0;
  std::size_t second_classes = 0;
  std::vector<double> price;  ///< [first class][second class]

  double at(std::size_t first_candidate, std::size_t second_candidate) const {
    return price[first_class[first_candidate] * second_classes + second_class[second_candidate]];
  }
};

struct PriceModel {
  double base = 0;
  std::vector<std::vector<double>> own;  ///< [layer][candidate]
  std::vector<PairPrice> pairs;          ///< those that are not 0 throughout

  double operator()(const Selection& choice) const;
};

PriceModel sample_prices(const SearchProblem& problem, ExactPrice& exact);

}  // namespace privquant
