// Convolution where the bits of the server's weights choose. Called through mpc/convolve.h.
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- (W of the server, ⟨x⟩ in Z_{2^l}).
// Construction   one matrix product (mpc/matrix_product.h) per tap of the kernel: the weights of that tap
//                with the input values that it meets, over the output positions where it meets no padding.
//                x is extended to Z_{2^l} before, once per value.
// Cost           per weight and bit i: one random OT, one choice correction, (l − i) bits for each output
//                position that the weight's tap reaches.
// Rounds         2.
// Source         PrivQuant (arXiv 2410.09531, section 4).
// Security       as the matrix product.
#pragma once

#include "mpc/convolve.h"

namespace privquant {

RingTensor convolve_by_weight(Party& party, const Convolution& convolution,
                              std::span<const std::int16_t> weights, const RingTensor& x);
void cost_convolve_by_weight(Cost& cost, const Convolution& convolution);

}  // namespace privquant
