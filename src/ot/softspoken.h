// SoftSpoken: random correlated OT at 128/k bits each, for 2^k/k times the AES calls of IKNP.
//
// Functionality  random COT (random_cot.h).
// Construction   Δ is cut into 128/k groups of k bits. For group g the receiver of the COTs holds 2^k leaves, the
//                sender all but leaf δ_g (punctured_trees.h). With r_x the stream of leaf x:
//                u_g = ⊕ r_x, v_{g,j} = ⊕ x_j·r_x, w_{g,j} = ⊕ (x ⊕ δ_g)_j·r_x = v_{g,j} ⊕ δ_{g,j}·u_g.
//                u = u_0 are the choices; the receiver sends u ⊕ u_g for the other groups. Δ's lowest bit is 1:
//                column 0 becomes u for the receiver and 0 for the sender.
// Cost           128/k − 1 bits a COT (63, 31, 15), counted in whole groups of 128 COTs; 1 round, from the
//                receiver. 2^k·128/k bits of AES a COT.
// Source         Roy, "SoftSpokenOT" (CRYPTO 2022, ePrint 2022/192), section 4 and 5.
// Security       semi-honest; AES-128 as a PRG. Columns are chosen without a branch.
#pragma once

#include <memory>

#include "ot/base_ot.h"
#include "ot/random_cot.h"

namespace privquant {

/// Bytes that the receiver sends for a call of extend().
constexpr std::size_t softspoken_bytes(int depth, std::size_t count) {
  return (128 / static_cast<std::size_t>(depth) - 1) * 16 * ceil_div(count, 128);
}

/// `depth` is 2, 4 or 8. `seeds`: the base OTs' seeds, chosen by punctured_tree_choices(depth, delta), of which
/// delta[0] must be 1. Reads the trees that make_softspoken_receiver sends (punctured_tree_bytes).
/// `threads`: how many expand.
std::unique_ptr<RandomCotSender> make_softspoken_sender(Channel& channel, int depth,
                                                        std::span<const Block> seeds,
                                                        std::span<const std::uint8_t> delta,
                                                        unsigned threads = 1);
std::unique_ptr<RandomCotReceiver> make_softspoken_receiver(Channel& channel, int depth,
                                                            std::span<const SeedPair> seeds,
                                                            unsigned threads = 1);

}  // namespace privquant
