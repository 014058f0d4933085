// The width l of a ring Z_{2^l}, 1 ≤ l ≤ 64.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace privquant {

class Width {
 public:
  /// @throws Error(model) outside 1..64.
  constexpr explicit Width(int bits) : bits_(static_cast<std::uint8_t>(bits)) {
    if (bits < 1 || bits > 64) fail(ErrorCode::model, "a ring of {} bits: widths go from 1 to 64", bits);
  }

  constexpr int bits() const { return bits_; }
  /// 2^l − 1.
  constexpr std::uint64_t mask() const { return ~std::uint64_t{0} >> (64 - bits_); }
  /// 2^(l−1), the sign bit.
  constexpr std::uint64_t sign_bit() const { return std::uint64_t{1} << (bits_ - 1); }
  /// Size of the smallest word that holds a value: 1, 2, 4 or 8.
  constexpr std::size_t word_bytes() const { return bits_ <= 8 ? 1 : bits_ <= 16 ? 2 : bits_ <= 32 ? 4 : 8; }
  /// Bytes on the wire for `count` values, packed to exactly l bits each.
  constexpr std::size_t packed_bytes(std::size_t count) const {
    return (count / 8) * bits_ + ((count % 8) * bits_ + 7) / 8;
  }
  /// The two's-complement reading of a value of this ring.
  constexpr std::int64_t to_signed(std::uint64_t value) const {
    return static_cast<std::int64_t>(value << (64 - bits_)) >> (64 - bits_);
  }

  constexpr auto operator<=>(const Width&) const = default;

 private:
  std::uint8_t bits_;
};

}  // namespace privquant
