#include "mpc/convolve_kernels.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mpc/convolve_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Plain loops over the words: each target's compiler flags turn them into that target's vectors.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

template <typename Word>
void server_loop(const ServerRow* rows, std::size_t count, std::size_t outputs, int shift,
                 std::uint64_t mask64) {
  const auto mask = static_cast<Word>(mask64);
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT zero = static_cast<const Word*>(rows[row].zero);
    const auto* HWY_RESTRICT one = static_cast<const Word*>(rows[row].one);
    const auto* HWY_RESTRICT weights = static_cast<const Word*>(rows[row].weights);
    auto* HWY_RESTRICT message = static_cast<Word*>(rows[row].message);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    // All ones or zero; (w ^ sign) − sign is ±w.
    const auto swap = static_cast<Word>(0 - Word{rows[row].swap});
    const auto sign = static_cast<Word>(0 - Word{rows[row].negative});
    for (std::size_t d = 0; d < outputs; ++d) {
      const auto difference = static_cast<Word>((zero[d] ^ one[d]) & swap);
      const auto p0 = static_cast<Word>(zero[d] ^ difference);
      const auto p1 = static_cast<Word>(one[d] ^ difference);
      const auto weight = static_cast<Word>((weights[d] ^ sign) - sign);
      message[d] = static_cast<Word>(p0 + weight - p1) & mask;
      accumulator[d] = static_cast<Word>(accumulator[d] - static_cast<Word>(p0 << shift));
    }
  }
}

template <typename Word>
void client_loop(const ClientRow* rows, std::size_t count, std::size_t outputs, int shift) {
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT pad = static_cast<const Word*>(rows[row].pad);
    const auto* HWY_RESTRICT message = static_cast<const Word*>(rows[row].message);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    const auto choice = static_cast<Word>(0 - Word{rows[row].choice});
    for (std::size_t d = 0; d < outputs; ++d) {
      const auto value = static_cast<Word>(pad[d] + static_cast<Word>(message[d] & choice));
      accumulator[d] = static_cast<Word>(accumulator[d] + static_cast<Word>(value << shift));
    }
  }
}

template <typename Word>
void product_loop(const ProductRow* rows, std::size_t count, std::size_t outputs) {
  for (std::size_t row = 0; row < count; ++row) {
    const auto* HWY_RESTRICT weights = static_cast<const Word*>(rows[row].weights);
    auto* HWY_RESTRICT accumulator = static_cast<Word*>(rows[row].accumulator);
    const auto factor = static_cast<Word>(rows[row].factor);
    for (std::size_t d = 0; d < outputs; ++d)
      accumulator[d] = static_cast<Word>(accumulator[d] + std::uint64_t{factor} * weights[d]);
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

void server_words(std::size_t word_bytes, const ServerRow* rows, std::size_t count, std::size_t outputs,
                  int shift, std::uint64_t mask) {
  with_word(word_bytes, [&]<typename Word>(Word) { server_loop<Word>(rows, count, outputs, shift, mask); });
}

void client_words(std::size_t word_bytes, const ClientRow* rows, std::size_t count, std::size_t outputs,
                  int shift) {
  with_word(word_bytes, [&]<typename Word>(Word) { client_loop<Word>(rows, count, outputs, shift); });
}

void product_words(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t outputs) {
  with_word(word_bytes, [&]<typename Word>(Word) { product_loop<Word>(rows, count, outputs); });
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(server_words);
HWY_EXPORT(client_words);
HWY_EXPORT(product_words);

}  // namespace

void server_rows(std::size_t word_bytes, const ServerRow* rows, std::size_t count, std::size_t outputs,
                 int shift, std::uint64_t mask) {
  HWY_DYNAMIC_DISPATCH(server_words)(word_bytes, rows, count, outputs, shift, mask);
}

void client_rows(std::size_t word_bytes, const ClientRow* rows, std::size_t count, std::size_t outputs,
                 int shift) {
  HWY_DYNAMIC_DISPATCH(client_words)(word_bytes, rows, count, outputs, shift);
}

void product_rows(std::size_t word_bytes, const ProductRow* rows, std::size_t count, std::size_t outputs) {
  HWY_DYNAMIC_DISPATCH(product_words)(word_bytes, rows, count, outputs);
}

}  // namespace privquant
#endif  // HWY_ONCE
