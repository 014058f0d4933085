// Random correlated OT in bulk: what SoftSpoken and Ferret offer, and all kinds of OT are made of (packed_ot.h).
//
// Functionality  the sender holds Δ for the session and a row q of 128 bits per COT, the receiver a random
//                choice bit c and a row t = q ⊕ c·Δ.
// Form           Δ is odd, the sender's rows are even, so the lowest bit of the receiver's row is its choice:
//                nothing else is stored or sent for it.
// Security       Δ has 127 secret bits (docs/ot.md says what that means for the hash). Rows must be hashed
//                before they mask anything but rows of another extension.
#pragma once

#include "base/bytes.h"
#include "crypto/block.h"
#include "net/channel.h"

namespace privquant {

class RandomCotSender {
 public:
  virtual ~RandomCotSender() = default;
  virtual Block delta() const = 0;
  /// Gets ready for calls of extend() that take `count` rows in all; what was announced before is forgotten.
  /// Both parties announce the same. Reads what the receiver's announcement sent.
  virtual void announce(Channel& channel, std::size_t count) = 0;
  /// `count` fresh rows, appended; no more than announced. @throws Error(peer | network | timeout).
  virtual void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) = 0;
};

class RandomCotReceiver {
 public:
  virtual ~RandomCotReceiver() = default;
  virtual void announce(Channel& channel, std::size_t count) = 0;
  virtual void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) = 0;
};

/// The receiver's choice of a row.
constexpr std::uint8_t choice_of(Block row) { return static_cast<std::uint8_t>(row.low & 1U); }

}  // namespace privquant
