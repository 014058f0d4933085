// AND of boolean shares by Beaver triples.
//
// Functionality  ⟨x ∧ y⟩ <- and(⟨x⟩, ⟨y⟩).
//                and_level: many gates at once, among them pairs x ∧ y0, x ∧ y1 that share x.
// Construction   open d = x ⊕ a and e = y ⊕ b; z = d∧e ⊕ d∧b ⊕ e∧a ⊕ c.
// Cost           4 bits a gate, 6 a pair, 1 round; one triple, one triple pair.
// Source         Beaver (CRYPTO 1991).
// Security       semi-honest; opened bits are masked by fresh triples.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// Element-wise; both of width 1 and one size.
RingTensor and_gate(Party& party, const RingTensor& x, const RingTensor& y);

/// For a kind of gate that a level lacks.
inline RingTensor no_bits() { return {bit_width, 0}; }

/// The products of a level of gates.
struct AndLevel {
  RingTensor product;             ///< x ∧ y of the single gates
  RingTensor product0, product1;  ///< x ∧ y0, x ∧ y1 of the pairs
};
/// Single gates (x, y) and pairs (shared, y0, y1) in one round. Sizes of the two kinds are independent.
AndLevel and_level(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
                   const RingTensor& y0, const RingTensor& y1);

/// A level in two steps, so that other messages share its flight.
class AndOpening {
 public:
  /// Sends what this party opens.
  AndOpening(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
             const RingTensor& y0, const RingTensor& y1);
  /// Single gates only.
  AndOpening(Party& party, const RingTensor& x, const RingTensor& y);
  /// Reads what the other party opened.
  AndLevel finish(Party& party);

 private:
  BitTriples single_;
  BitTriplePairs pair_;
  RingTensor opened_;
};
/// Bytes that each party opens.
std::size_t and_level_bytes(std::size_t gates, std::size_t pairs);

void cost_and_level(Cost& cost, std::size_t gates, std::size_t pairs);

}  // namespace privquant
