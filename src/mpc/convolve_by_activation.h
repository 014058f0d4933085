// Convolution where the client's bits of the activations choose. Called through mpc/convolve.h.
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- (W of the server, ⟨x⟩ in Z_{2^m}), x read unsigned or signed; l ≥ m.
// Construction   x = x0 + x1 − 2^m·w over the integers (signed: moved by 2^(m−1)). The server computes W·x0
//                alone. Bit i of the client's x1 chooses W·2^i by one OT whose message carries all output
//                channels of that group at l − i bits; the wrap w of every im2col copy enters as bit m, with
//                the server's part of w in the sign: W·(w0 ⊕ w1)·2^m = W·w0·2^m + w1·W·(1 − 2·w0)·2^m.
// Cost           per im2col element: the wrap of m bits, m + 1 random OTs, m + 1 choice corrections (bit m
//                only where m < l), outputs per group · Σ_{i≤m} (l − i) bits.
// Rounds         the wrap's, then 2.
// Source         SiRNN (arXiv 2105.04236, section 3.2); PrivQuant (2410.09531) for the accumulator's width l.
// Security       semi-honest; COT with pads stretched by AES.
#pragma once

#include "mpc/convolve.h"

namespace privquant {

RingTensor convolve_by_activation(Party& party, const Convolution& convolution,
                                  std::span<const std::int16_t> weights, const RingTensor& x);
void cost_convolve_by_activation(Cost& cost, const Convolution& convolution);

}  // namespace privquant
