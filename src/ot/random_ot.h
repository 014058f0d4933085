// Random oblivious transfer in bulk. Read this header first: it is what every extension offers.
//
// Random 1-of-2^k OT, as rows: the receiver holds a random choice r (k bits) and a row t; the sender holds a
// row q = t ⊕ offset(r), where the 2^k public-structure offsets are the sender's session secret and offset(0)
// = 0. k = 1 is the random COT with Δ = offset(1). A hash of the row turns it into a pad
// (correlation_hash.h): the receiver's pad H(t) equals the sender's H(q ⊕ offset(r)).
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/block.h"
#include "net/channel.h"

namespace privquant {

/// Rows of 256 bits, or of 128 bits: `high` is empty (k = 1, and all k from random COTs, packed_ot.h).
struct OtRows {
  SecretVector<Block> low;
  SecretVector<Block> high;
};

class RandomOtSender {
 public:
  virtual ~RandomOtSender() = default;
  virtual int choice_bits() const = 0;
  /// offset(v): its low half is offsets_low()[v mod 2^(k−1)], its high half offsets_high()[v]. Where rows have
  /// 128 bits, offset(v) is offsets_low()[v] and offsets_high() is empty.
  virtual std::span<const Block> offsets_low() const = 0;
  virtual std::span<const Block> offsets_high() const = 0;
  /// `count` fresh rows, appended to `rows`.
  virtual void extend(Channel& channel, std::size_t count, OtRows& rows) = 0;
};

class RandomOtReceiver {
 public:
  virtual ~RandomOtReceiver() = default;
  virtual int choice_bits() const = 0;
  /// `count` fresh rows and choices (one byte each), appended.
  virtual void extend(Channel& channel, std::size_t count, OtRows& rows,
                      SecretVector<std::uint8_t>& choices) = 0;
};

}  // namespace privquant
