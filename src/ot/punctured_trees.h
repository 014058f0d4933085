// Small trees of seeds of which one party knows all leaves and the other all but one: the set-up of SoftSpoken.
//
// Functionality  for 128/k groups: the dealer holds 2^k random leaves; the other party, who holds k bits δ of a
//                group, gets all leaves but leaf δ.
// Construction   GGM: children of a node s are AES_s(0) and AES_s(1). For each level the dealer masks the sum of
//                all left children and the sum of all right children by the two seeds of a base OT; the other
//                party can open the sum that does not hold its missing node. The first level is the base OT's
//                seeds themselves.
// Cost           one base OT a bit of δ; 32·(k − 1)·128/k bytes from the dealer.
// Source         Boyle, Couteau, Gilboa, Ishai (CCS 2015), Roy, "SoftSpokenOT" (ePrint 2022/192), section 4.
// Security       semi-honest; AES-128 as a PRG. No index or branch depends on δ.
#pragma once

#include "ot/base_ot.h"

namespace privquant {

/// Bits of Δ, so base OTs, of one direction.
inline constexpr std::size_t delta_bits = 128;

/// Bytes that the dealer sends.
constexpr std::size_t punctured_tree_bytes(int depth) {
  return 2 * sizeof(Block) * (delta_bits - delta_bits / static_cast<std::size_t>(depth));
}

/// Leaves of all groups, leaf x of group g at g · 2^depth + x. `seeds`: the pairs of delta_bits base OTs.
SecretVector<Block> deal_trees(Channel& channel, int depth, std::span<const SeedPair> seeds);

/// The same leaves, leaf x ⊕ δ in place x, so that the missing one (garbage) is the first of its group.
/// `delta`: one bit a byte, bit j of a group's δ at g · depth + j. `seeds`: what the choices of
/// punctured_tree_choices() selected.
SecretVector<Block> receive_trees(Channel& channel, int depth, std::span<const Block> seeds,
                                  std::span<const std::uint8_t> delta);
SecretVector<std::uint8_t> punctured_tree_choices(int depth, std::span<const std::uint8_t> delta);

}  // namespace privquant
