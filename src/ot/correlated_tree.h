// Correlated GGM trees: a vector of COTs of which the receiver chose exactly one.
//
// Functionality  from d random COTs (q_i; t_i = q_i ⊕ b_i·Δ): the sender gets 2^d even blocks, the receiver the
//                same blocks but at α, where its block is ⊕ Δ; bit i of α is the receiver's choice i, inverted.
// Construction   children of a node s are H(s) and s ⊕ H(s); the first two nodes are s and s ⊕ Δ, so each level
//                sums to Δ, and the sums of all left and of all right children differ by Δ: q_i ⊕ (left sum)
//                opens to the receiver the sum that does not hold its missing node. The lowest bit of the last
//                level is cut off; there the receiver's missing block follows from the sum of all.
//                H(s) = AES_K(σ(s)) ⊕ σ(s), with a public key K for each tree.
// Cost           16·d bytes from the sender, one AES call a block.
// Source         Guo, Yang, Wang, Zhang, Xie, Liu, Zhao, "Half-Tree" (ePrint 2022/1431), section 4.
// Security       semi-honest; AES-128 as an ideal cipher. Only d − 1 nodes a tree are hashed that the other side
//                does not know, and no two trees share a key, so Δ's 127 bits are worth 126 − log2(d) against all
//                trees together (docs/ot.md). No branch or address depends on α.
#pragma once

#include <span>

#include "crypto/block.h"

namespace privquant {

inline constexpr int max_tree_depth = 16;

/// Writes the 2^depth leaves and, for each level, the sum of its left children.
void grow_tree(Block key, int depth, Block delta, Block seed, std::span<Block> leaves,
               std::span<Block> left_sums);

/// `sums`: for each level the sum that the receiver may see, of the right children where choices[i] is 1.
void grow_punctured_tree(Block key, int depth, std::span<const std::uint8_t> choices,
                         std::span<const Block> sums, std::span<Block> leaves);

}  // namespace privquant
