// Millionaires' comparison of two private numbers, and the wrap of a sharing.
//
// Functionality  ⟨1{a < b}⟩ <- less_than(a of the server, b of the client), l bits each.
//                less_than_split: also ⟨1{a mod 2^s < b mod 2^s}⟩, from the same digits.
//                wrap: ⟨1{x0 + x1 ≥ 2^l}⟩ = less_than(2^l − 1 − x0, x1).
// Construction   digits, shared lookup of (lt, eq) per digit, then a tree: lt = lt_high ⊕ (eq_high ∧ lt_low),
//                eq = eq_high ∧ eq_low. Digits are of 4 bits in CrypTFlow2, of up to
//                ProtocolChoices::digit_bits here (digits.h), and looked up in both directions if asked
//                (two_way_lookup.h). A split aligns a digit boundary with bit s.
// Cost           per digit of d bits a random 1-of-2^d OT, d + 2·(2^d − 1) bits (half the messages for the
//                lowest, which needs no eq): 270, 238, 198, 130 bits for d = 4, 3, 2, 1, and 315 for a lowest
//                digit of 6; per inner node 235 + 6 (133 + 4 on the lowest path); 2 + ⌈log2 digits⌉ rounds.
// Source         CrypTFlow2 (arXiv 2010.06457, section 3.1).
// Security       as lookup and and_gate.
#pragma once

#include <vector>

#include "mpc/two_way_lookup.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// `value`: a for the server, b for the client.
RingTensor less_than(Party& party, const RingTensor& value);
void cost_less_than(Cost& cost, Width width, std::size_t count);

struct SplitComparison {
  RingTensor low;    ///< 1{a mod 2^s < b mod 2^s}
  RingTensor whole;  ///< 1{a < b}
};
/// 0 < low_bits < l.
SplitComparison less_than_split(Party& party, const RingTensor& value, int low_bits);
void cost_less_than_split(Cost& cost, Width width, int low_bits, std::size_t count);

/// A split comparison whose parts are not yet joined, and other lookups in the same flights: the whole is
/// less ⊕ (equal ∧ low).
struct ComparedParts {
  RingTensor low;    ///< 1{a mod 2^s < b mod 2^s}; empty where s = 0
  RingTensor less;   ///< 1{⌊a / 2^s⌋ < ⌊b / 2^s⌋}
  RingTensor equal;  ///< 1{⌊a / 2^s⌋ = ⌊b / 2^s⌋}; empty where s = 0
  std::vector<LookupShares> lookups;
};
/// 0 ≤ low_bits < l.
ComparedParts compare_parts(Party& party, const RingTensor& value, int low_bits,
                            std::vector<TwoWayLookup> also);
/// Its lookups, which come first; for choose_ahead().
std::vector<TwoWayLookup> compare_parts_lookups(const ProtocolChoices& choices, const RingTensor& value,
                                                int low_bits, std::vector<TwoWayLookup> also);
void cost_compare_parts(Cost& cost, Width width, int low_bits, const std::vector<TwoWayLookupSize>& also,
                        std::size_t count);

/// ⟨1{a = b}⟩ of two private numbers: lookups of eq and an AND tree.
RingTensor private_equal(Party& party, const RingTensor& value);
void cost_private_equal(Cost& cost, Width width, std::size_t count);

/// ⟨1{x0 + x1 ≥ 2^l}⟩ of a sharing.
RingTensor wrap(Party& party, const RingTensor& share);
/// Its lookups, which come first; for choose_ahead().
std::vector<TwoWayLookup> wrap_lookups(const Party& party, const RingTensor& share);
inline void cost_wrap(Cost& cost, Width width, std::size_t count) { cost_less_than(cost, width, count); }

/// The number that this party brings to less_than so that it computes the wrap.
RingTensor wrap_operand(Role role, const RingTensor& share);

}  // namespace privquant
