#include "crypto/group.h"

#include <sodium.h>

#include <cstring>

#include "base/error.h"

namespace privquant {
namespace {

[[noreturn]] void refuse_point() {
  fail(ErrorCode::peer, "the other party sent bytes that are no point of the group; the session is over");
}

bool is_identity(const EncodedPoint& point) { return sodium_is_zero(point.data(), point.size()) == 1; }

}  // namespace

Scalar Scalar::from_uniform(std::span<const std::uint8_t, 64> bytes) {
  Scalar scalar;
  crypto_core_ristretto255_scalar_reduce(scalar.bytes_.data(), bytes.data());
  return scalar;
}

Scalar::~Scalar() { wipe(bytes_.data(), bytes_.size()); }

EncodedPoint multiply_base(const Scalar& s) {
  EncodedPoint result;
  // Fails only for the zero scalar, which is drawn with probability 2^-252.
  PQ_CHECK(crypto_scalarmult_ristretto255_base(result.data(), s.data()) == 0);
  return result;
}

EncodedPoint multiply(const Scalar& s, const EncodedPoint& p) {
  EncodedPoint result;
  if (crypto_scalarmult_ristretto255(result.data(), s.data(), p.data()) != 0) refuse_point();
  return result;
}

EncodedPoint add(const EncodedPoint& a, const EncodedPoint& b) {
  EncodedPoint result;
  if (crypto_core_ristretto255_add(result.data(), a.data(), b.data()) != 0 || is_identity(result))
    refuse_point();
  return result;
}

EncodedPoint subtract(const EncodedPoint& a, const EncodedPoint& b) {
  EncodedPoint result;
  if (crypto_core_ristretto255_sub(result.data(), a.data(), b.data()) != 0 || is_identity(result))
    refuse_point();
  return result;
}

EncodedPoint point_from_uniform(std::span<const std::uint8_t, 64> bytes) {
  EncodedPoint result;
  crypto_core_ristretto255_from_hash(result.data(), bytes.data());
  return result;
}

Block derive_key(const char* domain, std::uint64_t index, std::initializer_list<Bytes> parts) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, sizeof(Block));
  // Every part is preceded by its length, so that no two inputs give the same bytes.
  const auto absorb = [&](Bytes bytes) {
    const std::uint64_t length = bytes.size();
    crypto_generichash_update(&state, reinterpret_cast<const std::uint8_t*>(&length), sizeof length);
    crypto_generichash_update(&state, bytes.data(), bytes.size());
  };
  absorb({reinterpret_cast<const std::uint8_t*>(domain), std::strlen(domain)});
  absorb({reinterpret_cast<const std::uint8_t*>(&index), sizeof index});
  for (const Bytes part : parts) absorb(part);
  Block key;
  crypto_generichash_final(&state, reinterpret_cast<std::uint8_t*>(&key), sizeof key);
  wipe(&state, sizeof state);
  return key;
}

}  // namespace privquant
