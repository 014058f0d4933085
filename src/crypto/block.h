// 128 bits: a seed, a key, a row of an OT extension.
#pragma once

#include <cstdint>

namespace privquant {

struct alignas(16) Block {
  std::uint64_t low;
  std::uint64_t high;

  friend constexpr Block operator^(Block a, Block b) { return {a.low ^ b.low, a.high ^ b.high}; }
  friend constexpr Block operator&(Block a, Block b) { return {a.low & b.low, a.high & b.high}; }
  constexpr Block& operator^=(Block other) { return *this = *this ^ other; }
  bool operator==(const Block&) const = default;
};

}  // namespace privquant
