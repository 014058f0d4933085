// Values of Z_{2^l} in the smallest word that holds them. Read this header first.
//
// A RingTensor is flat: its shape belongs to the network. Every value is kept reduced (< 2^l).
// Boolean shares are tensors of width 1, one byte a bit in memory, one bit a bit on the wire.
// Shares are secret, so the memory is wiped when it is freed.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "base/bytes.h"
#include "ring/width.h"

namespace privquant {

class RingTensor {
 public:
  /// `size` values, uninitialised.
  RingTensor(Width width, std::size_t size) : width_(width), size_(size), bytes_(size * width.word_bytes()) {}
  static RingTensor zeros(Width width, std::size_t size);
  /// Values are reduced modulo 2^l.
  static RingTensor from(Width width, std::span<const std::uint64_t> values);
  static RingTensor from_signed(Width width, std::span<const std::int64_t> values);

  Width width() const { return width_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  std::uint64_t get(std::size_t index) const;
  void set(std::size_t index, std::uint64_t value);
  std::int64_t get_signed(std::size_t index) const { return width_.to_signed(get(index)); }

  /// The words themselves; Word must be the one that the width asks for.
  template <typename Word>
  std::span<Word> words() {
    PQ_CHECK(sizeof(Word) == width_.word_bytes());
    return {reinterpret_cast<Word*>(bytes_.data()), size_};
  }
  template <typename Word>
  std::span<const Word> words() const {
    PQ_CHECK(sizeof(Word) == width_.word_bytes());
    return {reinterpret_cast<const Word*>(bytes_.data()), size_};
  }

  /// The raw memory, size() · word_bytes().
  MutableBytes raw() { return bytes_; }
  Bytes raw() const { return bytes_; }

  /// Calls f(std::type_identity<Word>{}) with the word type of this width.
  template <typename F>
  decltype(auto) with_word(F&& f) const {
    return with_word_of(width_, std::forward<F>(f));
  }
  template <typename F>
  static decltype(auto) with_word_of(Width width, F&& f) {
    switch (width.word_bytes()) {
      case 1:
        return f(std::type_identity<std::uint8_t>{});
      case 2:
        return f(std::type_identity<std::uint16_t>{});
      case 4:
        return f(std::type_identity<std::uint32_t>{});
      default:
        return f(std::type_identity<std::uint64_t>{});
    }
  }

  /// A copy of the values [begin, begin + count).
  RingTensor slice(std::size_t begin, std::size_t count) const;

  bool operator==(const RingTensor& other) const;

 private:
  Width width_;
  std::size_t size_;
  SecretVector<std::uint8_t> bytes_;
};

/// Boolean shares and plain bits.
inline constexpr Width bit_width{1};

}  // namespace privquant
