// Convolution where the client's bits of the activations choose. Called through mpc/convolve.h.
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- (W of the server, ⟨x⟩ in Z_{2^m}), x read unsigned or signed; l ≥ m.
// Construction   x = x0 + x1 − 2^m·w over the integers (signed: moved by 2^(m−1)). The server computes W·x0
//                alone. Bit i of the client's x1 chooses W·2^i by one OT a unit, whose message carries every
//                product of that unit at l − i bits. A unit is one copy that im2col makes of a value with the
//                output channels of its group (after_im2col), or all copies of a value (activation_driven).
//                The wrap w depends on the sharing:
//                  general      w = w0 ⊕ w1 enters as bit m, with the server's part in the sign:
//                               W·w·2^m = W·w0·2^m + w1·W·(1 − 2·w0)·2^m. With l = m nothing wraps.
//                  msb_zero     w = m0 ∨ m1 = m0 + m1 − m0·m1 of the shares' top bits, so x = (x0 − 2^m·m0) +
//                               (x1 mod 2^(m−1)) + m1·2^(m−1)·(2·m0 − 1): bit m − 1 enters negated where
//                               m0 = 0, and there is nothing else to send.
//                  client_only  w = 0; the client moves a signed value itself.
// Cost           per unit: the wrap of m bits and bit m (general, l > m only); per bit one random OT, one
//                choice correction, and (copies · outputs per group)·(l − i) bits.
// Rounds         the wrap's, then 2.
// Source         SiRNN (arXiv 2105.04236, section 3.2) after im2col; PrivQuant (2410.09531) for one choice a
//                value and the accumulator's width l.
// Security       semi-honest; COT with pads stretched by AES.
#pragma once

#include "mpc/convolve.h"

namespace privquant {

RingTensor convolve_by_activation(Party& party, const Convolution& convolution,
                                  std::span<const std::int16_t> weights, const RingTensor& x);
void cost_convolve_by_activation(Cost& cost, const Convolution& convolution);

}  // namespace privquant
