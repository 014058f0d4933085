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

struct AndLevel {
  RingTensor product;             ///< x ∧ y of the single gates
  RingTensor product0, product1;  ///< x ∧ y0, x ∧ y1 of the pairs
};
/// Single gates (x, y) and pairs (shared, y0, y1) in one round. Sizes of the two kinds are independent.
AndLevel and_level(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
                   const RingTensor& y0, const RingTensor& y1);

void cost_and_level(Cost& cost, std::size_t gates, std::size_t pairs);

/// Concatenates tensors of one width.
RingTensor concatenate(std::span<const RingTensor> parts);

}  // namespace privquant
