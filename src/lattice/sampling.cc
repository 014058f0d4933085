#include "lattice/sampling.h"

namespace privquant {
namespace {

// Bits set among the low 42 of each; sums in parallel, since a count by table would have a secret index.
int count_bits(std::uint64_t x) {
  x -= x >> 1 & 0x5555555555555555;
  x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
  x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<int>(x * 0x0101010101010101 >> 56);
}

SecretVector<std::uint64_t> draw_words(Prg& random, std::size_t count) {
  SecretVector<std::uint64_t> words(count);
  random.fill(as_mutable_bytes(words));
  return words;
}

}  // namespace

void sample_ternary(Prg& random, std::span<std::int8_t> out) {
  const auto words = draw_words(random, out.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::int8_t>(static_cast<int>(Word128{words[i]} * 3 >> 64) - 1);
}

void sample_errors(Prg& random, std::span<std::int8_t> out) {
  const auto words = draw_words(random, out.size());
  constexpr std::uint64_t low = (std::uint64_t{1} << greatest_error) - 1;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] =
        static_cast<std::int8_t>(count_bits(words[i] & low) - count_bits(words[i] >> greatest_error & low));
}

void sample_uniform(Prg& random, const Modulus& modulus, std::span<double> out) {
  const auto words = draw_words(random, out.size());
  constexpr std::uint64_t mask = (std::uint64_t{1} << 50) - 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint64_t x = words[i] & mask;
    while (x >= modulus.value) x = random.block().low & mask;
    out[i] = modulus.balanced(x);
  }
}

}  // namespace privquant
