// Signs and what follows from them.
//
// Functionality  drelu: ⟨1{x ≥ 0}⟩ boolean <- ⟨x⟩, two's complement of l bits; relu: ⟨max(x, 0)⟩;
//                clip_above: ⟨min(x, high)⟩ for 0 ≤ x or high − x within the ring's signed range.
// Construction   msb(x) = msb(x0) ⊕ msb(x1) ⊕ wrap of the low l − 1 bits; relu = drelu·x, the product in a
//                ring no wider than x's; min(x, h) = h − relu(h − x).
// Cost           less_than on l − 1 bits; relu adds a multiplex in the target ring.
// Source         CrypTFlow2 (arXiv 2010.06457, section 3.2).
// Security       as its parts.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

RingTensor drelu(Party& party, const RingTensor& x);
void cost_drelu(Cost& cost, Width width, std::size_t count);

RingTensor relu(Party& party, const RingTensor& x);
void cost_relu(Cost& cost, Width width, std::size_t count);
/// ⟨max(x, 0)⟩ reduced to Z_{2^to}, to ≤ l: a narrower product than reducing afterwards.
RingTensor relu(Party& party, const RingTensor& x, Width to);
void cost_relu(Cost& cost, Width width, Width to, std::size_t count);

/// h − x must not leave the signed range of the ring.
RingTensor clip_above(Party& party, const RingTensor& x, std::int64_t high);
/// x − low must not leave the signed range of the ring.
RingTensor clip_below(Party& party, const RingTensor& x, std::int64_t low);
inline void cost_clip(Cost& cost, Width width, std::size_t count) { cost_relu(cost, width, count); }

}  // namespace privquant
