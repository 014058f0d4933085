// The arithmetic of SoftSpoken, compiled per instruction set: streams of all leaves of a tree, and their sums.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/block.h"

namespace privquant {

/// AES-128 round keys of leaves, eleven blocks each: each leaf is the key of its stream.
SecretVector<Block> expand_leaf_keys(std::span<const Block> leaves);

/// With r_x = AES_{leaf x}(counter), AES_{leaf x}(counter + 1), … of `bytes` bytes (a multiple of 64):
/// column j, at columns + j · stride, becomes ⊕ r_x over all x ≥ first_leaf with bit j of x set, for j < depth;
/// `sum`, unless null, becomes ⊕ r_x over all x ≥ first_leaf. first_leaf is 0 or 1; depth is even, at most 8.
void sum_leaf_streams(const Block* round_keys, int depth, unsigned first_leaf, std::uint64_t counter,
                      std::size_t bytes, std::size_t stride, std::uint8_t* columns, std::uint8_t* sum);

}  // namespace privquant
