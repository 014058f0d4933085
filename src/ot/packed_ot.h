// Random 1-of-2^k OT from k random COTs each.
//
// Functionality  random 1-of-2^k OT (random_ot.h) with rows of 128 bits.
// Construction   rows are elements of GF(2^128): row = ⊕ X^j·row_j, choice = the k choice bits, bit j from COT j.
//                Then q = t ⊕ c(X)·Δ where c(X) = ⊕ c_j·X^j: offset(v) = v(X)·Δ.
// Cost           none beyond k random COTs; k − 1 multiplications by X.
// Source         packing of subfield VOLE, and 1-of-N OT from it: Roy, "SoftSpokenOT" (ePrint 2022/192).
// Security       for the receiver's choice c, every other value v has the offset (c ⊕ v)(X)·Δ: a known field
//                element that is not zero, times Δ, so it has Δ's 127 secret bits. The pads need a hash that is
//                correlation robust for all these 2^k − 1 offsets at once: docs/ot.md.
#pragma once

#include <memory>

#include "ot/random_cot.h"
#include "ot/random_ot.h"

namespace privquant {

/// x · X in GF(2^128) = GF(2)[X]/(X^128 + X^7 + X^2 + X + 1); bit i of a block is the coefficient of X^i.
constexpr Block times_x(Block x) {
  const std::uint64_t reduction = (0 - (x.high >> 63)) & 0x87U;
  return {x.low << 1 ^ reduction, x.high << 1 | x.low >> 63};
}

/// The given extension must outlive what is made of it. offsets_low() has all 2^k offsets, offsets_high() none.
/// `threads`: how many pack.
std::unique_ptr<RandomOtSender> make_packed_sender(int choice_bits, RandomCotSender& cots,
                                                   unsigned threads = 1);
std::unique_ptr<RandomOtReceiver> make_packed_receiver(int choice_bits, RandomCotReceiver& cots,
                                                       unsigned threads = 1);

}  // namespace privquant
