// Equality of two shared numbers.
//
// Functionality  ⟨1{x = y}⟩ boolean <- ⟨x⟩, ⟨y⟩ in Z_{2^l}.
// Construction   x = y iff x0 − y0 = y1 − x1: an equality of two private numbers (millionaires.h).
// Security       as less_than.
#pragma once

#include "mpc/millionaires.h"
#include "ring/arithmetic.h"

namespace privquant {

inline RingTensor equal(Party& party, const RingTensor& x, const RingTensor& y) {
  return private_equal(party, party.is_server() ? subtract(x, y) : subtract(y, x));
}
inline void cost_equal(Cost& cost, Width width, std::size_t count) { cost_private_equal(cost, width, count); }

}  // namespace privquant
