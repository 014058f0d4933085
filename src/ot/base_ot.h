// Base OT: the few public-key OTs that every extension starts from.
//
// Functionality  the sender gets n pairs of random seeds, the receiver gets of each pair the one it chose.
// Construction   over ristretto255:
//                A = aG; B_i = b_i·G + c_i·A; k0 = KDF(a·B_i), k1 = KDF(a·(B_i − A)), k_c = KDF(b_i·A).
// Cost           32 bytes from the sender, then 32·n bytes from the receiver; 2 rounds.
// Source         Chou, Orlandi, "The simplest protocol for oblivious transfer" (ePrint 2015/267).
// Security       semi-honest, computational Diffie-Hellman, BLAKE2b as a random oracle; keys are bound to the
//                session, the direction, the index and the points.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "crypto/group.h"
#include "crypto/prg.h"
#include "net/channel.h"

namespace privquant {

using SeedPair = std::array<Block, 2>;

/// Both steps apart, so that two directions can share their flights.
class BaseOtSender {
 public:
  explicit BaseOtSender(Prg& random);
  /// Step 1: sends A.
  void start(Channel& channel) const;
  /// Step 2: reads the B_i. `binding` separates this batch from every other of this and of other sessions.
  /// @throws Error(peer) on invalid points, and on A itself, which would make a key of the identity.
  SecretVector<SeedPair> finish(Channel& channel, std::size_t count, Block binding) const;

 private:
  Scalar exponent_;
  EncodedPoint point_;
};

class BaseOtReceiver {
 public:
  explicit BaseOtReceiver(Block binding) : binding_(binding) {}
  /// Reads A, sends the B_i for the given choice bits (one byte each), returns the chosen seeds.
  SecretVector<Block> run(Channel& channel, Prg& random, std::span<const std::uint8_t> choices) const;

 private:
  Block binding_;
};

}  // namespace privquant
