// Packing of values that sit in words wider than they need.
#include <gtest/gtest.h>

#include <random>

#include "ring/pack.h"
#include "support/every_target.h"

namespace privquant {
namespace {

TEST(PackWords, EqualsPackingInTheSmallestWord) {
  std::mt19937_64 random(5);
  on_every_target([&] {
    for (const std::size_t word : {1U, 2U, 4U, 8U}) {
      for (int bits = 1; bits <= static_cast<int>(8 * word); ++bits) {
        const Width width(bits);
        const Width word_width(static_cast<int>(8 * word));
        for (const std::size_t count : {0U, 1U, 7U, 8U, 63U, 64U, 4099U}) {
          RingTensor wide(word_width, count);
          RingTensor narrow(width, count);
          for (std::size_t i = 0; i < count; ++i) {
            narrow.set(i, random());
            wide.set(i, narrow.get(i));
          }
          std::vector<std::uint8_t> expected(width.packed_bytes(count));
          std::vector<std::uint8_t> packed(expected.size());
          pack(narrow, 0, count, expected);
          pack_words(wide.raw(), word, width, packed);
          ASSERT_EQ(packed, expected) << bits << " bits, " << count << " values of " << word << " bytes";
          for (std::size_t i = 0; i < count; ++i) {
            std::uint64_t value = 0;
            for (std::size_t bit = 0; bit < static_cast<std::size_t>(bits); ++bit) {
              const std::size_t at = i * static_cast<std::size_t>(bits) + bit;
              value |= std::uint64_t{static_cast<std::uint8_t>(packed[at / 8] >> (at % 8) & 1)} << bit;
            }
            ASSERT_EQ(value, narrow.get(i));
          }
          RingTensor unpacked(word_width, count);
          unpack_words(packed, width, word, unpacked.raw());
          ASSERT_EQ(unpacked, wide);
        }
      }
    }
  });
}

TEST(PackWords, RefusesLengthsThatDoNotFit) {
  RingTensor words(Width(16), 10);
  std::vector<std::uint8_t> packed(Width(13).packed_bytes(10));
  EXPECT_NO_THROW(unpack_words(packed, Width(13), 2, words.raw()));
  EXPECT_THROW(unpack_words(packed, Width(12), 2, words.raw()), Error);
  EXPECT_THROW(pack_words(words.raw(), 1, Width(13), packed), Error);
}

}  // namespace
}  // namespace privquant
