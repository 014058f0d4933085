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
/// function.
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

/// What a round is worth to each of so many elements, in bits.
double round_bits(const ProtocolChoices& choices, std::size_t elements);

/// What protocols compare when they choose among constructions for so many elements: bits an element, and
/// rounds at their worth.
template <typename AddCost>
double price_per_element(const ProtocolChoices& choices, std::size_t elements, AddCost&& add_cost) {
  if (choices.round_bytes == 0 || elements == 0) return bits_per_element(choices, add_cost);
  Cost cost;
  cost.choices = choices;
  add_cost(cost, elements);
  const double bits =
      8 * static_cast<double>(cost.bytes()) + preparation_bits(cost.demand, choices.extension);
  return bits / static_cast<double>(elements) +
         static_cast<double>(cost.rounds()) * round_bits(choices, elements);
}

}  // namespace privquant
