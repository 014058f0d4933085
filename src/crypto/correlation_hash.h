// Correlation-robust hashing of OT-extension rows to pads.
//
// One block:  H(i, x) = AES_{S ⊕ i}(σ(x)) ⊕ σ(x),  σ(l ‖ r) = (l ⊕ r) ‖ l   (the construction "MMO with a key
//             per tweak" of Guo, Katz, Wang, Weng, Yu, ePrint 2019/1168, section 5: multi-instance secure)
// Two blocks: H(i, x ‖ y) = MMO of two blocks: h = AES_{S ⊕ i}(x) ⊕ x, then AES_h(y) ⊕ y (ISO/IEC 10118-2,
//             hash-function 1, with initial value S ⊕ i)
// Security: correlation robust in the ideal-cipher model for offsets of high min-entropy: 128 bits with IKNP
// and KK13, 127 with SoftSpoken and Ferret, whose Δ is odd (docs/ot.md, "The hash", counts with 127). S is a
// random public block of the session, one per purpose; a tweak i is used for one OT only.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/block.h"

namespace privquant {

class CorrelationHash {
 public:
  explicit CorrelationHash(Block start) : start_(start) {}

  /// out[j] = H(tweak + j, rows[j]).
  void hash(std::uint64_t tweak, std::span<const Block> rows, std::span<Block> out) const;
  /// out0[j] = H(tweak + j, rows[j]), out1[j] = H(tweak + j, rows[j] ⊕ delta).
  void hash_pairs(std::uint64_t tweak, std::span<const Block> rows, Block delta, std::span<Block> out0,
                  std::span<Block> out1) const;

  /// The low 64 bits of H(tweak + j, rows[j]).
  void hash_low(std::uint64_t tweak, std::span<const Block> rows, std::span<std::uint64_t> out) const;
  /// out[v · rows + j] = the low 64 bits of H(tweak + j, rows[j] ⊕ offsets[v]); at least four offsets, a power of
  /// two. One key schedule a row.
  void hash_offsets(std::uint64_t tweak, std::span<const Block> rows, std::span<const Block> offsets,
                    std::span<std::uint64_t> out) const;

  /// The low 64 bits of H(tweak + j, low[j] ‖ high[j]).
  void hash_wide(std::uint64_t tweak, std::span<const Block> low, std::span<const Block> high,
                 std::span<std::uint64_t> out) const;
  /// For every v < offsets_high.size(), with u = v mod offsets_low.size():
  /// out[v · rows + j] = the low 64 bits of H(tweak + j, (low[j] ⊕ offsets_low[u]) ‖ (high[j] ⊕
  /// offsets_high[v])). There are as many high offsets as low ones, or twice as many (then two v share a key
  /// schedule).
  void hash_wide_offsets(std::uint64_t tweak, std::span<const Block> low, std::span<const Block> high,
                         std::span<const Block> offsets_low, std::span<const Block> offsets_high,
                         std::span<std::uint64_t> out) const;

 private:
  Block start_;
};

}  // namespace privquant
