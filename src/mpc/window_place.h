// Whether a number lies in a window or above it, from its top digit and a carry that is known later.
//
// Functionality  ⟨1{q = 0}⟩, ⟨1{q > 0}⟩ <- T0, T1 of g bits, ⟨c⟩ boolean; q = T0 + T1 + c mod 2^g, signed. Where
//                asked for, ⟨1{q = 0} ∧ c⟩, too.
// Construction   at once: one lookup on (T0, T1) gives both bits as they were for c = 0, and whether c changes
//                them; a pair of gates with c takes the right ones.
//                by digits: q's sign is the top bits' sum and the carry into them, which is free. The bits below
//                are split into digits; a lookup on each gives zero = 1{A + B ≡ 0}, ones = 1{A + B = 2^d − 1} and
//                carry = 1{A + B ≥ 2^d}, of 1 bit the carry alone. With the carry c_j that enters, a pair of
//                gates gives c_j∧ones and c_j∧zero, so zero ⊕ both is the digit's zero, and carry ⊕ c_j∧ones leaves.
//                inside = ¬sign ∧ all zeros; over = ¬sign ⊕ inside, local; inside∧c = ¬sign ∧ c∧ones of the
//                lowest digit ∧ the other zeros.
//                The price (ot/prices.h) decides which, and how digits are split. For g = 1 nothing is looked up:
//                inside = ¬(T0 ⊕ T1 ⊕ c), q > 0 never, inside∧c = (T0 ⊕ T1)∧c.
// Cost           at once: one random 1-of-2^g OT, g + 4·(2^g − 1) bits; a pair of gates, 1 round (and a gate for
//                inside∧c). By digits: each a random 1-of-2^d OT, d + 3·(2^d − 1) bits (2 for d = 1) and a pair of gates in
//                a round of its own; then for each a gate (a pair for inside∧c), 1 round: for g = 5 and one digit 59
//                bits instead of 135.
// Source         the adder's carry-select, for at once; its carry chain, for digits. Lookups: lookup.h.
// Security       as two_way_lookup and and_gate.
#pragma once

#include <functional>
#include <vector>

#include "mpc/two_way_lookup.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// A level of gates, of one element.
struct GateLevel {
  std::size_t gates = 0, pairs = 0;
};

/// How the place of numbers is found.
class WindowPlace {
 public:
  /// The cheapest way for `count` numbers of `bits` bits, 1 to max_choice_bits. `with_carry`: inside∧c is wanted.
  WindowPlace(const ProtocolChoices& choices, int bits, bool with_carry, std::size_t count);

  /// By digits of these sizes, bits − 1 in all, the lowest first; none: at once.
  WindowPlace(int bits, bool with_carry, std::vector<int> digits);

  /// Before the carry is known; to share the flights of other lookups. `top`: this party's T.
  std::vector<TwoWayLookup> lookups(const RingTensor& top) const;
  std::vector<TwoWayLookupSize> lookup_sizes(std::size_t count) const;
  /// The rounds after it.
  std::vector<GateLevel> levels() const;

  struct Place {
    RingTensor inside, over;
    RingTensor inside_with_carry;  ///< empty if not wanted
  };
  /// `looked_up`: of lookups(); `meanwhile` runs between sending and reading of the first level, and not where
  /// there is none.
  Place find(Party& party, const RingTensor& top, const std::vector<LookupShares>& looked_up,
             const RingTensor& carry, const std::function<void()>& meanwhile) const;

 private:
  Place find_at_once(Party& party, const LookupShares& entries, const RingTensor& carry,
                     const std::function<void()>& meanwhile) const;
  Place find_by_digits(Party& party, const RingTensor& top, const std::vector<LookupShares>& looked_up,
                       const RingTensor& carry, const std::function<void()>& meanwhile) const;
  Place find_by_sign(Party& party, const RingTensor& top, const RingTensor& carry,
                     const std::function<void()>& meanwhile) const;
  double price(const ProtocolChoices& choices, std::size_t count) const;

  int bits_;
  bool with_carry_;
  std::vector<int> digits_;  ///< the lowest first, below the sign; empty: at once, or bits_ is 1
};

}  // namespace privquant
