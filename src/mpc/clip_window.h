// Both clips of a requantisation at once.
//
// Functionality  ⟨min(max(x, low), low + 2^b − 1)⟩ in Z_{2^to} <- ⟨x⟩, two's complement of k bits;
//                b < k, to ≤ k. With low = 0 a ReLU with an upper clip.
// Construction   t = x − low; c = wrap of the low b bits of t, boolean; T_i = t_i >> b, so that ⌊t / 2^b⌋ is
//                T0 + T1 + c mod 2^(k−b). One lookup on (T0, c0; T1, c1) gives inside = 1{⌊t / 2^b⌋ = 0} and
//                over = 1{⌊t / 2^b⌋ > 0}; the result is inside·t + over·(2^b − 1) + low by a multiplex and,
//                where the lookup does not share `over` as a number, a b2a in the same flights. Where two
//                ReLUs (one for b = k − 1), or requantise.h by a shift of 0, whose gates take the carry after the
//                lookup, cost less (ot/prices.h), or the lookup would exceed 8 bits, those are used.
// Cost           wrap of b bits, a lookup of k − b + 1 bits, a multiplex and a b2a in Z_{2^to};
//                4 rounds after the wrap.
// Security       as its parts.
#pragma once

#include <cstdint>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

struct ClipWindow {
  std::int64_t low;  ///< the least value
  int bits;          ///< b: 2^b values stay as they are
  bool operator==(const ClipWindow&) const = default;
};

/// x − low must not leave the signed range of x's ring.
RingTensor clip_window(Party& party, const RingTensor& x, const ClipWindow& window, Width to);
void cost_clip_window(Cost& cost, Width width, const ClipWindow& window, Width to, std::size_t count);

}  // namespace privquant
