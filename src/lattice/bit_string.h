// Numbers of up to 128 bits one after the other in a little-endian bit string: what ciphertexts look like
// on the wire.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "lattice/modulus.h"

namespace privquant {

class BitStringWriter {
 public:
  explicit BitStringWriter(MutableBytes out) : out_(out) {}
  /// The low `bits` ≤ 128 bits of value.
  void append(Word128 value, int bits) {
    for (; bits > 32; bits -= 32, value >>= 32) append_word(static_cast<std::uint32_t>(value), 32);
    append_word(static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << bits) - 1), bits);
  }
  /// Fills the last byte with zeros; the string must then be full.
  void finish() {
    if (filled_ > 0) put();
    PQ_CHECK(at_ == out_.size());
  }

 private:
  void append_word(std::uint64_t word, int bits) {
    buffer_ |= word << filled_;
    for (filled_ += bits; filled_ >= 8; filled_ -= 8) put();
  }
  void put() {
    PQ_CHECK(at_ < out_.size());
    out_[at_++] = static_cast<std::uint8_t>(buffer_);
    buffer_ >>= 8;
  }

  MutableBytes out_;
  std::size_t at_ = 0;
  std::uint64_t buffer_ = 0;
  int filled_ = 0;
};

class BitStringReader {
 public:
  explicit BitStringReader(Bytes in) : in_(in) {}
  Word128 take(int bits) {
    Word128 value = 0;
    int done = 0;
    for (; bits - done > 32; done += 32) value |= Word128{take_word(32)} << done;
    return value | Word128{take_word(bits - done)} << done;
  }

 private:
  std::uint64_t take_word(int bits) {
    for (; filled_ < bits; filled_ += 8) {
      PQ_CHECK(at_ < in_.size());
      buffer_ |= std::uint64_t{in_[at_++]} << filled_;
    }
    const std::uint64_t word = buffer_ & ((std::uint64_t{1} << bits) - 1);
    buffer_ >>= bits;
    filled_ -= bits;
    return word;
  }

  Bytes in_;
  std::size_t at_ = 0;
  std::uint64_t buffer_ = 0;
  int filled_ = 0;
};

}  // namespace privquant
