#include "mpc/convolve_kernels.h"

#include <cstddef>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mpc/convolve_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops over the words: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

// Unsigned, so that products of short words do not overflow the int that they are promoted to.
template <typename Word>
using Wide = std::conditional_t<(sizeof(Word) > 4), std::uint64_t, std::uint32_t>;

// Products by a power of two instead of shifts: a shift of a short word is done at 32 bits, a product is not.
template <typename Word>
void sender_loop(const SenderRow* rows, std::size_t count, std::size_t values, int shift,
                 std::uint64_t mask64) {
  const auto mask = static_cast<Word>(mask64);
  const auto factor = static_cast<Word>(std::uint64_t{1} << shift);
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT zero = static_cast<const Word*>(rows[row].zero);
    const auto* HWY_RESTRICT one = static_cast<const Word*>(rows[row].one);
    const auto* HWY_RESTRICT number = static_cast<const Word*>(rows[row].numbers);
    auto* HWY_RESTRICT message = static_cast<Word*>(rows[row].message);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    // All ones or zero; (c ^ sign) − sign is ±c.
    const auto sign = static_cast<Word>(0 - Word{rows[row].negative});
    for (std::size_t d = 0; d < values; ++d) {
      const auto signed_number = static_cast<Word>((number[d] ^ sign) - sign);
      message[d] = static_cast<Word>(zero[d] + signed_number - one[d]) & mask;
      accumulator[d] = static_cast<Word>(accumulator[d] - Wide<Word>{zero[d]} * factor);
    }
  }
}

template <typename Word>
void receiver_loop(const ReceiverRow* rows, std::size_t count, std::size_t values, int shift) {
  const auto factor = static_cast<Word>(std::uint64_t{1} << shift);
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT pad = static_cast<const Word*>(rows[row].pad);
    const auto* HWY_RESTRICT message = static_cast<const Word*>(rows[row].message);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    const auto choice = static_cast<Word>(0 - Word{rows[row].choice});
    for (std::size_t d = 0; d < values; ++d) {
      const auto value = static_cast<Word>(pad[d] + static_cast<Word>(message[d] & choice));
      accumulator[d] = static_cast<Word>(accumulator[d] + Wide<Word>{value} * factor);
    }
  }
}

template <typename Word>
void product_loop(const ProductRow* rows, std::size_t count, std::size_t values) {
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT number = static_cast<const Word*>(rows[row].numbers);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    const auto factor = static_cast<Word>(rows[row].factor);
    for (std::size_t d = 0; d < values; ++d)
      accumulator[d] = static_cast<Word>(accumulator[d] + Wide<Word>{factor} * number[d]);
  }
}

template <typename F>
void with_word(std::size_t word_bytes, F&& f) {
  switch (word_bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}

void sender_words(std::size_t word_bytes, const SenderRow* rows, std::size_t count, std::size_t values,
                  int shift, std::uint64_t mask) {
  with_word(word_bytes, [&]<typename Word>(Word) { sender_loop<Word>(rows, count, values, shift, mask); });
}

void receiver_words(std::size_t word_bytes, const ReceiverRow* rows, std::size_t count, std::size_t values,
                    int shift) {
  with_word(word_bytes, [&]<typename Word>(Word) { receiver_loop<Word>(rows, count, values, shift); });
}

void product_words(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t values) {
  with_word(word_bytes, [&]<typename Word>(Word) { product_loop<Word>(rows, count, values); });
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(sender_words);
HWY_EXPORT(receiver_words);
HWY_EXPORT(product_words);

}  // namespace

void sender_rows(std::size_t word_bytes, const SenderRow* rows, std::size_t count, std::size_t values,
                 int shift, std::uint64_t mask) {
  HWY_DYNAMIC_DISPATCH(sender_words)(word_bytes, rows, count, values, shift, mask);
}

void receiver_rows(std::size_t word_bytes, const ReceiverRow* rows, std::size_t count, std::size_t values,
                   int shift) {
  HWY_DYNAMIC_DISPATCH(receiver_words)(word_bytes, rows, count, values, shift);
}

void product_rows(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t values) {
  HWY_DYNAMIC_DISPATCH(product_words)(word_bytes, rows, count, values);
}

}  // namespace privquant
#endif  // HWY_ONCE
