// The kernels against OpenSSL's AES and against the definitions in the headers, on every instruction set.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <vector>

#include "base/error.h"
#include "crypto/correlation_hash.h"
#include "crypto/group.h"
#include "crypto/prg.h"
#include "support/every_target.h"
#include "support/reference_aes.h"

namespace privquant {
namespace {

Block reference_hash(Block start, std::uint64_t tweak, Block x) {
  const Block key{start.low ^ tweak, start.high};
  const Block sigma{x.high, x.high ^ x.low};
  return reference_aes(key, sigma) ^ sigma;
}

std::uint64_t reference_wide(Block start, std::uint64_t tweak, Block x, Block y) {
  const Block chained = reference_aes({start.low ^ tweak, start.high}, x) ^ x;
  return (reference_aes(chained, y) ^ y).low;
}

std::vector<Block> some_blocks(std::size_t count, std::uint64_t seed) {
  std::vector<Block> blocks(count);
  Prg prg(Block{seed, 7});
  for (Block& block : blocks) block = prg.block();
  return blocks;
}

TEST(Prg, IsAesInCounterMode) {
  on_every_target([] {
    const Block key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
    for (const std::size_t size : {1U, 15U, 16U, 17U, 64U, 100U, 255U, 256U, 257U, 1024U, 5000U}) {
      Prg prg(key);
      std::vector<std::uint8_t> out(size);
      prg.fill(out);
      for (std::size_t at = 0; at < size; at += 16) {
        const Block expected = reference_aes(key, {at / 16, 0});
        ASSERT_EQ(std::memcmp(out.data() + at, &expected, std::min<std::size_t>(16, size - at)), 0)
            << size << " " << at;
      }
      EXPECT_EQ(prg.block(), reference_aes(key, {(size + 15) / 16, 0}));
    }
  });
}

TEST(Prg, Fips197Vector) {
  // FIPS 197, appendix C.1: key 00 01 … 0f, plaintext 00 11 … ff.
  const Block key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  const Block plain{0x7766554433221100, 0xffeeddccbbaa9988};
  EXPECT_EQ(reference_aes(key, plain), (Block{0x30047b6ad8e0c469, 0x5ac5b47080b7cdd8}));
}

TEST(Prg, SeedsFromTheOperatingSystemDiffer) {
  Prg a;
  Prg b;
  EXPECT_FALSE(a.block() == b.block());
}

TEST(Prg, ExpandsSeeds) {
  on_every_target([] {
    for (const std::size_t count : {1U, 3U, 4U, 5U, 33U}) {
      const auto seeds = some_blocks(count, 1);
      std::vector<Block> out(count * 3);
      expand_seeds(seeds, 3, out);
      for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i], reference_aes(seeds[i / 3], {i % 3, 0}));
    }
  });
}

TEST(CorrelationHash, EqualsItsDefinition) {
  on_every_target([] {
    const Block start{0x1234567890abcdef, 0xfedcba0987654321};
    const CorrelationHash hash(start);
    for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 31U, 64U}) {
      const auto rows = some_blocks(count, 2);
      const auto high = some_blocks(count, 3);
      const Block delta = some_blocks(1, 4)[0];
      std::vector<Block> out(count), out0(count), out1(count);
      hash.hash(99, rows, out);
      hash.hash_pairs(99, rows, delta, out0, out1);
      std::vector<std::uint64_t> low(count), offset_lows(16 * count);
      hash.hash_low(99, rows, low);
      const auto offsets_low = some_blocks(16, 5);
      const auto offsets_high = some_blocks(16, 6);
      std::vector<std::uint64_t> wide(count), wide_offsets(16 * count), paired(16 * count);
      hash.hash_wide(1000, rows, high, wide);
      hash.hash_wide_offsets(1000, rows, high, offsets_low, offsets_high, wide_offsets);
      hash.hash_wide_offsets(1000, rows, high, std::span(offsets_low).first(8), offsets_high, paired);
      hash.hash_offsets(99, rows, offsets_low, offset_lows);
      for (std::size_t j = 0; j < count; ++j) {
        ASSERT_EQ(low[j], out[j].low);
        for (std::size_t v = 0; v < 16; ++v)
          ASSERT_EQ(offset_lows[v * count + j], reference_hash(start, 99 + j, rows[j] ^ offsets_low[v]).low);
        ASSERT_EQ(out[j], reference_hash(start, 99 + j, rows[j]));
        ASSERT_EQ(out0[j], out[j]);
        ASSERT_EQ(out1[j], reference_hash(start, 99 + j, rows[j] ^ delta));
        ASSERT_EQ(wide[j], reference_wide(start, 1000 + j, rows[j], high[j]));
        for (std::size_t v = 0; v < 16; ++v) {
          ASSERT_EQ(wide_offsets[v * count + j],
                    reference_wide(start, 1000 + j, rows[j] ^ offsets_low[v], high[j] ^ offsets_high[v]));
          ASSERT_EQ(paired[v * count + j],
                    reference_wide(start, 1000 + j, rows[j] ^ offsets_low[v % 8], high[j] ^ offsets_high[v]));
        }
      }
    }
  });
}

Scalar random_scalar() {
  std::array<std::uint8_t, 64> bytes;
  random_bytes(bytes);
  return Scalar::from_uniform(bytes);
}

TEST(Group, DiffieHellmanAgrees) {
  const Scalar a = random_scalar();
  const Scalar b = random_scalar();
  EXPECT_EQ(multiply(a, multiply_base(b)), multiply(b, multiply_base(a)));
}

TEST(Group, SubtractUndoesAdd) {
  const EncodedPoint a = multiply_base(random_scalar());
  const EncodedPoint b = multiply_base(random_scalar());
  EXPECT_EQ(subtract(add(a, b), b), a);
}

TEST(Group, RefusesBytesThatAreNoPoint) {
  EncodedPoint junk;
  junk.fill(0xFF);
  const EncodedPoint identity{};
  const Scalar s = random_scalar();
  EXPECT_THROW(static_cast<void>(multiply(s, junk)), Error);
  EXPECT_THROW(static_cast<void>(multiply(s, identity)), Error);
  EXPECT_THROW(static_cast<void>(add(junk, multiply_base(s))), Error);
  const EncodedPoint point = multiply_base(s);
  EXPECT_THROW(static_cast<void>(subtract(point, point)), Error);
  EXPECT_THROW(static_cast<void>(add(subtract(identity, point), point)), Error);
}

TEST(Group, KeysAreSeparatedByDomainIndexAndParts) {
  const std::vector<std::uint8_t> ab{1, 2};
  const std::vector<std::uint8_t> a{1};
  const std::vector<std::uint8_t> b{2};
  const std::vector<Block> keys{derive_key("x", 0, {ab}), derive_key("x", 1, {ab}), derive_key("y", 0, {ab}),
                                derive_key("x", 0, {a, b}), derive_key("x", 0, {b, a})};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(keys[i] == keys[j]) << i << " " << j;
  }
  EXPECT_EQ(derive_key("x", 0, {ab}), derive_key("x", 0, {ab}));
}

}  // namespace
}  // namespace privquant
