// Clipping away a single excess value.
//
// Functionality  ⟨min(x, 2^b − 1)⟩ <- ⟨x⟩ for 0 ≤ x ≤ 2^b, both in Z_{2^(b+1)}; the result's msb is 0.
// Construction   only 2^b has the msb: x − msb(x), with msb(x) = 1 − drelu(x) by b2a.
// Cost           drelu and b2a at b + 1 bits.
// Security       as drelu and b2a.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

RingTensor saturate(Party& party, const RingTensor& x);
void cost_saturate(Cost& cost, Width width, std::size_t count);

}  // namespace privquant
