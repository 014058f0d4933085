// Every kernel against the definition, value by value, for every width and awkward sizes.
#include <gtest/gtest.h>

#include <random>

#include "ring/arithmetic.h"
#include "ring/pack.h"
#include "support/random_tensor.h"

namespace privquant {
namespace {

// The scalar twin of pack(): one bit at a time, straight from the wire format's definition.
std::vector<std::uint8_t> pack_bit_by_bit(const RingTensor& values, std::size_t begin, std::size_t count) {
  const auto bits = static_cast<std::size_t>(values.width().bits());
  std::vector<std::uint8_t> out((count * bits + 7) / 8);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t bit = 0; bit < bits; ++bit) {
      const std::size_t at = i * bits + bit;
      out[at / 8] |= static_cast<std::uint8_t>(((values.get(begin + i) >> bit) & 1U) << (at % 8));
    }
  }
  return out;
}

class EveryWidth : public testing::TestWithParam<int> {
 protected:
  Width width{GetParam()};
  std::mt19937_64 random{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(EveryWidth, PackEqualsItsDefinition) {
  for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 511U, 4096U, 5000U}) {
    const RingTensor values = random_tensor(width, size, random);
    for (const std::size_t begin : {std::size_t{0}, size / 3}) {
      const std::size_t count = size - begin;
      std::vector<std::uint8_t> packed(width.packed_bytes(count), 0xAA);
      pack(values, begin, count, packed);
      EXPECT_EQ(packed, pack_bit_by_bit(values, begin, count)) << size;
      RingTensor back = RingTensor::zeros(width, size);
      unpack(packed, back, begin, count);
      EXPECT_EQ(back.slice(begin, count), values.slice(begin, count)) << size;
      for (std::size_t i = 0; i < begin; ++i) ASSERT_EQ(back.get(i), 0U);
    }
  }
}

TEST_P(EveryWidth, UnpackReducesWhateverTheBytesHold) {
  std::vector<std::uint8_t> ones(width.packed_bytes(77), 0xFF);
  RingTensor values(width, 77);
  unpack(ones, values, 0, 77);
  for (std::size_t i = 0; i < 77; ++i) EXPECT_EQ(values.get(i), width.mask());
}

TEST_P(EveryWidth, ArithmeticEqualsItsDefinition) {
  const std::uint64_t mask = width.mask();
  for (const std::size_t size : {1U, 5U, 64U, 1000U}) {
    const RingTensor a = random_tensor(width, size, random);
    const RingTensor b = random_tensor(width, size, random);
    const std::uint64_t constant = random();
    const RingTensor sum = add(a, b);
    const RingTensor difference = subtract(a, b);
    const RingTensor product = multiply(a, b);
    const RingTensor opposite = negate(a);
    const RingTensor moved = add_constant(a, constant);
    const RingTensor scaled = multiply_constant(a, constant);
    const RingTensor signs = sign_bits(a);
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t x = a.get(i);
      const std::uint64_t y = b.get(i);
      ASSERT_EQ(sum.get(i), (x + y) & mask);
      ASSERT_EQ(difference.get(i), (x - y) & mask);
      ASSERT_EQ(product.get(i), (x * y) & mask);
      ASSERT_EQ(opposite.get(i), (0 - x) & mask);
      ASSERT_EQ(moved.get(i), (x + constant) & mask);
      ASSERT_EQ(scaled.get(i), (x * constant) & mask);
      ASSERT_EQ(signs.get(i), x >> (width.bits() - 1));
    }
    for (int shift = 0; shift <= width.bits() + 1; ++shift) {
      const RingTensor left = shift_left(a, shift);
      const RingTensor right = shift_right(a, shift);
      for (std::size_t i = 0; i < size; ++i) {
        const bool out = shift >= width.bits();
        ASSERT_EQ(left.get(i), out ? 0 : (a.get(i) << shift) & mask) << shift;
        ASSERT_EQ(right.get(i), out ? 0 : a.get(i) >> shift) << shift;
      }
    }
  }
}

TEST_P(EveryWidth, ConvertsToEveryOtherWidth) {
  const RingTensor a = random_tensor(width, 99, random);
  for (int bits = 1; bits <= 64; ++bits) {
    const RingTensor converted = convert(a, Width(bits));
    ASSERT_EQ(converted.width(), Width(bits));
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(converted.get(i), a.get(i) & Width(bits).mask());
  }
}

TEST_P(EveryWidth, ReadsTwosComplement) {
  EXPECT_EQ(width.to_signed(width.mask()), -1);
  EXPECT_EQ(width.to_signed(0), 0);
  EXPECT_LT(width.to_signed(width.sign_bit()), 0);
  const RingTensor values = RingTensor::from_signed(width, std::vector<std::int64_t>{-1, 0});
  EXPECT_EQ(values.get_signed(0), -1);
}

INSTANTIATE_TEST_SUITE_P(Ring, EveryWidth, testing::Range(1, 65));

TEST(Width, RefusesWhatIsNoWidth) {
  EXPECT_THROW(Width(0), Error);
  EXPECT_THROW(Width(65), Error);
  EXPECT_THROW(Width(-3), Error);
}

TEST(RingTensor, AWrongWordOrSizeIsCaught) {
  RingTensor a = RingTensor::zeros(Width(9), 4);
  EXPECT_THROW(static_cast<void>(a.words<std::uint8_t>()), Error);
  EXPECT_THROW(static_cast<void>(add(a, RingTensor::zeros(Width(9), 5))), Error);
  EXPECT_THROW(static_cast<void>(add(a, RingTensor::zeros(Width(10), 4))), Error);
  EXPECT_THROW(static_cast<void>(a.get(4)), Error);
}

}  // namespace
}  // namespace privquant
