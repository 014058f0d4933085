// Extension of a sharing to a wider ring: same value, m → n bits.
//
// Functionality  ⟨x⟩ in Z_{2^n} <- extend(⟨x⟩ in Z_{2^m}), n ≥ m; the value read unsigned (zero-extension) or
//                signed (sign-extension).
// Construction   x = x0 + x1 − 2^m·w over the integers, so w in Z_{2^(n−m)} is all that is missing.
//                Unknown msb: wrap_number.h. Known msb of the unsigned reading: w = msb0 ∨ msb1 (msb 0) or
//                msb0 ∧ msb1 (msb 1), one bit product. A signed value is moved by 2^(m−1), zero-extended, and
//                moved back.
// Cost           wrap_number of m bits to n − m; known msb: one bit product of n − m bits, 2 rounds.
// Source         SiRNN (arXiv 2105.04236, section 4.1; MSB-to-wrap: section 4.3) with one COT instead of an
//                OT and a b2a.
// Security       as its parts.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// What both parties know about the top bit of the unsigned reading of a value.
enum class KnownMsb { unknown, zero, one };

RingTensor zero_extend(Party& party, const RingTensor& x, Width to, KnownMsb msb = KnownMsb::unknown);
RingTensor sign_extend(Party& party, const RingTensor& x, Width to, KnownMsb msb = KnownMsb::unknown);
void cost_extend(Cost& cost, Width from, Width to, std::size_t count, KnownMsb msb = KnownMsb::unknown);

/// ⟨1{x0 + x1 ≥ 2^m}⟩ in Z_{2^width} of a sharing whose msb is known (not `unknown`).
RingTensor wrap_from_msb(Party& party, const RingTensor& x, KnownMsb msb, Width width);

}  // namespace privquant
