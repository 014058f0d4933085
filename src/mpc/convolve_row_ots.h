// OTs that carry rows of ring values, a batch at a time: draws, stretches, packs and streams them. What the
// rows hold is the caller's (mpc/convolve_kernels.h).
//
// Batches are small enough that stretched pads and messages of one stay in the second-level cache. What grows
// with the layer is the receiver's: choices and seeds of all its OTs, 17 bytes each, are drawn at once, since
// all corrections go first. Messages of bit i carry l − i bits a value.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// OTs that a batch holds when each carries `values` values: a multiple of 8, so that packed batches join
/// without a gap.
std::size_t row_ots_per_batch(std::size_t values);

/// Bytes on the wire of `count` messages of bit i, 0 ≤ i < l.
inline std::size_t row_ot_bytes(Width ring, int i, std::size_t count, std::size_t values) {
  return Width(ring.bits() - i).packed_bytes(count * values);
}

class RowOtSender {
 public:
  RowOtSender(Party& party, Width ring) : party_(party), ring_(ring) {}

  /// Draws and stretches the pads of `count` OTs of `values` values.
  void begin(std::size_t count, std::size_t values);
  /// The pads of OT j, swapped where the receiver's correction says so.
  struct Pads {
    const std::uint8_t* zero;
    const std::uint8_t* one;
  };
  Pads pads(std::size_t j, bool swap) const {
    const std::size_t at = j * pad_bytes_;
    return swap ? Pads{one_ + at, zero_ + at} : Pads{zero_ + at, one_ + at};
  }
  /// Where the message of OT j belongs, reduced to l − i bits.
  std::uint8_t* message(std::size_t j) { return messages_.data() + j * row_bytes_; }
  void send(int i);

 private:
  Party& party_;
  Width ring_;
  std::size_t count_ = 0;
  std::size_t row_bytes_ = 0;
  std::size_t pad_bytes_ = 0;
  SeedPadsSender seeds_;
  SecretVector<Block> stretched_;
  SecretVector<std::uint8_t> messages_;
  SecretVector<std::uint8_t> packed_;
  const std::uint8_t* zero_ = nullptr;
  const std::uint8_t* one_ = nullptr;
};

class RowOtReceiver {
 public:
  RowOtReceiver(Party& party, Width ring) : party_(party), ring_(ring) {}

  /// Receives the messages of bit i for the OTs of these seeds, and stretches the seeds.
  void receive(std::span<const Block> seeds, std::size_t values, int i);
  const std::uint8_t* pad(std::size_t j) const { return pads_ + j * pad_bytes_; }
  const std::uint8_t* message(std::size_t j) const { return messages_.data() + j * row_bytes_; }

 private:
  Party& party_;
  Width ring_;
  std::size_t row_bytes_ = 0;
  std::size_t pad_bytes_ = 0;
  SecretVector<Block> stretched_;
  SecretVector<std::uint8_t> messages_;
  SecretVector<std::uint8_t> packed_;
  const std::uint8_t* pads_ = nullptr;
};

}  // namespace privquant
