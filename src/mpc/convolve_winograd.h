// Convolution by 3×3 kernels of stride 1, Winograd's F(2×2, 3×3): 16 products for 4 outputs instead of 36.
// Called through mpc/convolve.h.
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- (W of the server, ⟨x⟩ in Z_{2^(l+2)}).
// Construction   exact over the integers. With G' = G, its rows 1 and 2 doubled, U = G' g G'^T is f_i·f_j
//                times Winograd's, f = (1, 2, 2, 1), and V = B^T d B is local, so
//                4Y = A^T [(4/(f_i·f_j)·U) ⊙ V] A.
//                Each of the 16 elements is one matrix product (out × in)·(in × tiles): where f_i·f_j = 1 in
//                Z_{2^l} and shifted by 2, where it is 2 in Z_{2^(l+1)} and shifted by 1, where it is 4 in
//                Z_{2^(l+2)}. Sums of 1, 3, 9 weights have 2^w, 3(2^w − 1) + 1, 9(2^w − 1) + 1 values: w, w + 2 and
//                w + 3 (w ≤ 3) or w + 4 bits, where a public offset c moves them into two's complement; then
//                c·Σ_k v_k is taken off, local. 4Y = s0 + s1 is a multiple of 4, so
//                Y = ⌊s0/4⌋ + ⌊s1/4⌋ + 1{s1 mod 4 ≠ 0}, local again.
// Cost           the 16 matrix products.
// Rounds         2.
// Source         Lavin and Gray (arXiv 1509.09308); CoPriv (2311.01737) for 2PC. The rings that keep it exact
//                are PrivQuant's own.
// Security       as the matrix product.
#pragma once

#include "mpc/convolve.h"

namespace privquant {

/// Weights of at most 12 bits, l ≤ 62.
RingTensor convolve_winograd(Party& party, const Convolution& convolution,
                             std::span<const std::int16_t> weights, const RingTensor& x);
void cost_convolve_winograd(Cost& cost, const Convolution& convolution);

}  // namespace privquant
