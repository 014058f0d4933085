// The prime-order group for base OTs: ristretto255 (libsodium). Points travel as 32 bytes.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/block.h"

namespace privquant {

inline constexpr std::size_t point_bytes = 32;
using EncodedPoint = std::array<std::uint8_t, point_bytes>;

/// A secret exponent, wiped when it dies.
class Scalar {
 public:
  /// Uniform in Z_q, from 64 uniform bytes.
  static Scalar from_uniform(std::span<const std::uint8_t, 64> bytes);
  ~Scalar();
  Scalar(const Scalar&) = default;
  Scalar& operator=(const Scalar&) = default;
  const std::uint8_t* data() const { return bytes_.data(); }

 private:
  Scalar() = default;
  std::array<std::uint8_t, 32> bytes_{};
};

/// s·G.
EncodedPoint multiply_base(const Scalar& s);
/// s·P. @throws Error(peer) if P is no valid point or the result is the identity.
EncodedPoint multiply(const Scalar& s, const EncodedPoint& p);
/// @throws Error(peer) if one is no valid point or the result is the identity.
EncodedPoint add(const EncodedPoint& a, const EncodedPoint& b);
EncodedPoint subtract(const EncodedPoint& a, const EncodedPoint& b);
/// Uniform in the group; nobody knows its exponent.
EncodedPoint point_from_uniform(std::span<const std::uint8_t, 64> bytes);

/// A 128-bit key from a domain name, an index and byte strings (BLAKE2b).
Block derive_key(const char* domain, std::uint64_t index, std::initializer_list<Bytes> parts);

}  // namespace privquant
