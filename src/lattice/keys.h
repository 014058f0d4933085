// A client's keys, and what the server gets of them once a session.
//
// Messages  N · key_bits of p0, then of every packing key: levels r = 2, 4, …, most_packed; digits of q'.
//           Uniform halves come from one seed of 16 bytes, which is sent first.
// Security  RLWE with ternary secret; where most_packed > 1, also circular security for s(X^g) under s
//           (docs/lattice.md).
#pragma once

#include <vector>

#include "crypto/prg.h"
#include "lattice/ring.h"

namespace privquant {

class ClientKey {
 public:
  /// A fresh secret.
  ClientKey(const LatticeRing& ring, Prg& random);

  const LatticeRing& ring() const { return *ring_; }
  /// The message for the server: keys_bytes() bytes.
  WireBuffer publish(std::size_t most_packed, Prg& random) const;

  /// Digits (fractions.h) of −a·s + e + extra for an a that is given in transformed form and a fresh e;
  /// extra may be empty, or holds a residue modulo each prime.
  RnsPolynomial encrypt(const RnsPolynomial& a, Prg& random, const RnsPolynomial* extra = nullptr) const;
  /// c · s modulo X^N + 1 and 2^64, for |c| ≤ 2^48.
  SecretVector<std::uint64_t> multiply(std::span<const std::int64_t> c) const;

 private:
  const LatticeRing* ring_;
  SecretVector<std::int8_t> secret_;
  RnsPolynomial transformed_;
};

struct PackingKey {
  std::vector<RnsPolynomial> first, second;  ///< k0, k1 by digit, transformed
};

class ServerKeys {
 public:
  /// @throws Error(peer) if the message has another length than keys_bytes().
  ServerKeys(const LatticeRing& ring, std::size_t most_packed, Bytes message);

  const LatticeRing& ring() const { return *ring_; }
  std::size_t most_packed() const { return std::size_t{1} << packing_.size(); }
  /// (p0, p1), transformed.
  const RnsPolynomial& first() const { return first_; }
  const RnsPolynomial& second() const { return second_; }
  /// Of the level that merges r into r/2.
  const PackingKey& packing(std::size_t r) const;

 private:
  const LatticeRing* ring_;
  RnsPolynomial first_, second_;
  std::vector<PackingKey> packing_;
};

std::size_t keys_bytes(const LatticeRing& ring, std::size_t most_packed);

/// A uniform polynomial in transformed form, from a stream that both parties have.
RnsPolynomial expand_uniform(const LatticeRing& ring, Prg& stream);

/// out(X) = in(X^(1 + 2N/r)): where coefficients go and whether they change their sign. `Value` has a unary
/// minus.
template <typename Value>
void apply_automorphism(std::size_t r, std::span<const Value> in, std::span<Value> out) {
  const std::size_t twice = 2 * in.size();
  const std::size_t exponent = 1 + twice / r;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const std::size_t at = i * exponent % twice;
    if (at < in.size()) {
      out[at] = in[i];
    } else {
      out[at - in.size()] = static_cast<Value>(-in[i]);
    }
  }
}

}  // namespace privquant
