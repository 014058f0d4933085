// What correlations cost where very many are made at once: by this, constructions are chosen. Exact costs, with whole
// groups and what a session finds left over, are cost_preparation()'s (cost.h).
#pragma once

#include <cstddef>

#include "ot/cost.h"

namespace privquant {

/// Bits on the wire, both ways, of one random 1-of-2^k OT, 1 ≤ k ≤ max_choice_bits. Ferret's are those of its large set.
double random_ot_bits(OtExtension extension, int choice_bits);
double triple_bits(OtExtension extension);
/// Of two triples that share a.
double triple_pair_bits(OtExtension extension);

double preparation_bits(const Demand& demand, OtExtension extension);

/// Bits an element, preparation included, of a protocol in large batches; `add_cost(cost, count)` is its cost
/// function. What protocols compare when they choose among constructions.
template <typename AddCost>
double bits_per_element(const ProtocolChoices& choices, AddCost&& add_cost) {
  constexpr std::size_t count = 3072;  // fills whole bytes, also where 2, 3 or 4 elements share an OT
  Cost cost;
  cost.choices = choices;
  add_cost(cost, count);
  const double bits =
      8 * static_cast<double>(cost.bytes()) + preparation_bits(cost.demand, choices.extension);
  return bits / static_cast<double>(count);
}

}  // namespace privquant
