// Pseudo-random generator: AES-128 in counter mode, seeded by 128 bits.
//
// Security: output is indistinguishable from random while AES is a pseudo-random permutation (fewer than
// 2^60 blocks are drawn of one seed). A seed is used by one Prg only, and by both parties only where a
// protocol says so.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/block.h"

namespace privquant {

/// 128 bits from the operating system.
Block random_block();
void random_bytes(MutableBytes out);

class Prg {
 public:
  explicit Prg(Block seed);
  /// Seeded by the operating system.
  Prg() : Prg(random_block()) {}
  ~Prg();
  Prg(const Prg&) = delete;
  Prg& operator=(const Prg&) = delete;
  Prg(Prg&& other) noexcept;
  Prg& operator=(Prg&& other) noexcept;

  /// The next bytes of the stream; a call consumes whole blocks of 16 bytes.
  void fill(MutableBytes out);
  Block block();

 private:
  alignas(16) std::array<Block, 11> round_keys_;
  std::uint64_t counter_ = 0;
};

/// For each i: out[i · words, (i + 1) · words) = AES_{seeds[i]}(0), AES_{seeds[i]}(1), … (`words` blocks).
/// Each seed is used once.
void expand_seeds(std::span<const Block> seeds, std::size_t words, std::span<Block> out);

}  // namespace privquant
