// Shift, clip and extension of a requantisation at once: fewer rounds than one after the other.
//
// Functionality  ⟨min(max(⌊x / 2^s⌋, low), low + 2^b − 1)⟩ in Z_{2^n} <- ⟨x⟩ in Z_{2^k}, k ≥ s + b + 1; x in
//                two's complement, or unsigned where ⌊x / 2^s⌋ is known to be at most 2^b (k = s + b + 1, low 0).
// Construction   t = x − low·2^s; of each share t_i the low s bits L_i, the next b bits M_i, the top bits T_i.
//                One comparison gives c = 1{L0 + L1 ≥ 2^s} and, with c as carry,
//                d = 1{M0 + M1 + c ≥ 2^b} = less ⊕ equal∧c. inside = 1{T0 + T1 + d ≡ 0} and over =
//                1{T0 + T1 + d > 0, signed} are window_place.h's, with lookups in the comparison's flights. The
//                result is inside·(X0 + X1 + C) + over·(2^b − 1) + low, with C the carry c as a number and
//                  n ≤ k − s: X_i = ⌊t_i / 2^s⌋;
//                  n > k − s: X_i = M_i, less 2^b·inside·d, which M0 + M1 + c has too much;
//                  or n = b + 1 first, and then the extension of a value whose msb is 0.
//                Unsigned: over = T0 ⊕ T1 ⊕ d, local, and the result is X0 + X1 + C − over, or
//                M0 + M1 + C − 2^b·d + (2^b − 1)·over.
//                The price (ot/prices.h) decides between the two ways to a wide ring.
// Cost           comparison of s bits (less) and b bits (less and equal), 2 + levels rounds; an and gate (s > 0)
//                in 1 round; window_place.h for g = k − s − b bits; multiplex and two b2a in 2 rounds. C's b2a
//                costs no round of its own.
// Source         parts as in clip_window.h and window_place.h.
// Security       as its parts: lookups, gates and COTs with fresh masks, local sums.
#pragma once

#include <vector>

#include "mpc/clip_window.h"
#include "mpc/two_way_lookup.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

struct Requantisation {
  int shift;          ///< s
  ClipWindow window;  ///< low, b
  bool saturates;     ///< unsigned, at most 2^b after the shift: only that one number is clipped
  bool operator==(const Requantisation&) const = default;
};

/// Whether a ring of this width has a top digit, and one that fits a lookup.
bool supports(const Requantisation& requantisation, Width width);

/// x − low·2^s must not leave the signed range of x's ring. The requantisation must be supported.
RingTensor requantise(Party& party, const RingTensor& x, const Requantisation& requantisation, Width to);
/// The lookups that it starts with, for choose_ahead().
std::vector<TwoWayLookup> requantise_lookups(const Party& party, const RingTensor& x,
                                             const Requantisation& requantisation, Width to);
void cost_requantise(Cost& cost, Width width, const Requantisation& requantisation, Width to,
                     std::size_t count);

}  // namespace privquant
