// Comparison, signs, multiplex, b2a, extension, truncation: opened results equal the plaintext function, for
// all sharings at small widths, and the meter agrees with the cost (TwoParties::run checks it).
#include <gtest/gtest.h>

#include "mpc/and_gate.h"
#include "mpc/b2a.h"
#include "mpc/digits.h"
#include "mpc/equal.h"
#include "mpc/extend.h"
#include "mpc/millionaires.h"
#include "mpc/multiplex.h"
#include "mpc/relu.h"
#include "mpc/truncate.h"
#include "ot/prices.h"
#include "shares.h"

namespace privquant {
namespace {

const std::vector<int> widths{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 17, 21, 32, 33, 37, 63, 64};

class Conversions : public MpcTestWithChoices {};

TEST(Digits, OfUpToFourBitsSplitAsInCrypTFlow2) {
  for (int bits = 1; bits <= 64; ++bits) {
    for (const auto& [lowest, upper] :
         {std::pair(Outputs::less, Outputs::both), std::pair(Outputs::both, Outputs::both),
          std::pair(Outputs::equal, Outputs::equal)}) {
      std::vector<Digit> expected;
      for (int shift = 0; shift < bits; shift += 4)
        expected.push_back({shift + 7, std::min(4, bits - shift), shift == 0 ? lowest : upper});
      EXPECT_EQ(split_into_digits({}, 1, 7, 7 + bits, lowest, upper), expected) << bits;
    }
  }
}

TEST(Digits, OfMoreBitsSaveLookupsAndGates) {
  const auto sizes = [](int bits, int largest) {
    std::vector<int> result;
    for (const Digit& digit : split_into_digits({largest, true}, 1, 0, bits, Outputs::less, Outputs::both))
      result.push_back(digit.bits);
    return result;
  };
  EXPECT_EQ(sizes(6, 6), std::vector{6});
  EXPECT_EQ(sizes(8, 8), std::vector{8});
  EXPECT_EQ(sizes(11, 6), (std::vector{6, 5}));
  EXPECT_EQ(sizes(16, 6), (std::vector{6, 5, 5}));
  EXPECT_EQ(sizes(15, 8), (std::vector{8, 7}));
  const auto bits = bits_per_element(
      {6, true}, [](Cost& cost, std::size_t count) { cost_less_than(cost, Width(6), count); });
  EXPECT_EQ(bits, 315);
}

TEST(Digits, AreNarrowWhereCorrelationsAreCheap) {
  const auto price = [](OtExtension extension, int digit_bits) {
    ProtocolChoices choices{digit_bits, true, true, extension};
    return bits_per_element(choices,
                            [](Cost& cost, std::size_t count) { cost_less_than(cost, Width(8), count); });
  };
  EXPECT_LT(price(OtExtension::iknp, 4), price(OtExtension::iknp, 2));
  EXPECT_EQ(price(OtExtension::ferret, 5), price(OtExtension::ferret, 3));
  // Digits of 3, 3 and 2 bits, two gates; 8 COTs for the digits, 2 for a gate.
  EXPECT_NEAR(price(OtExtension::ferret, 5), 3 + 7 + 3 + 14 + 2 + 6 + 2 * 4 + (8 + 2 * 2) * 0.2170, 0.01);
}

TEST(Digits, AreWideWhereRoundsAreDear) {
  const auto levels = [](std::size_t round_bytes, std::size_t elements) {
    const ProtocolChoices choices{8, true, true, OtExtension::ferret, round_bytes};
    return tree_levels(split_into_digits(choices, elements, 0, 15, Outputs::less, Outputs::both).size());
  };
  EXPECT_EQ(levels(0, 1), 3);
  // A round is worth 488, 49 and 5 bits to an element.
  EXPECT_EQ(levels(1'000'000, 1 << 14), 1);
  EXPECT_EQ(levels(100'000, 1 << 14), 2);
  EXPECT_EQ(levels(10'000, 1 << 14), 3);
  EXPECT_EQ(levels(10'000, 10), 1);
}

TEST_P(Conversions, LessThanComparesPrivateNumbers) {
  for (const int bits : widths) {
    const Sharing x = sharings(Width(bits));
    Cost cost = chosen();
    cost_less_than(cost, Width(bits), x.size());
    const RingTensor result =
        opened(parties().run(cost, [&](Party& party) { return less_than(party, x.of(party)); }));
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(result.get(i), x.server.get(i) < x.client.get(i) ? 1U : 0U) << bits;
  }
}

TEST_P(Conversions, SplitComparisonAlsoComparesTheLowBits) {
  for (const int bits : {2, 3, 4, 5, 6, 8, 9, 16, 33, 64}) {
    for (int low = 1; low < bits; low = low < 6 ? low + 1 : low + 5) {
      const Sharing x = sharings(Width(bits));
      Cost cost = chosen();
      cost_less_than_split(cost, Width(bits), low, x.size());
      const auto [s, c] =
          parties().run(cost, [&](Party& party) { return less_than_split(party, x.of(party), low); });
      const std::uint64_t mask = Width(low).mask();
      for (std::size_t i = 0; i < x.size(); ++i) {
        const std::uint64_t a = x.server.get(i);
        const std::uint64_t b = x.client.get(i);
        ASSERT_EQ(s.low.get(i) ^ c.low.get(i), (a & mask) < (b & mask) ? 1U : 0U) << bits << " " << low;
        ASSERT_EQ(s.whole.get(i) ^ c.whole.get(i), a < b ? 1U : 0U) << bits << " " << low;
      }
    }
  }
}

TEST_P(Conversions, EqualComparesSharedNumbers) {
  for (const int bits : widths) {
    const Sharing x = sharings(Width(bits));
    const Sharing zero = share_values(Width(bits), std::vector<std::int64_t>(x.size(), 0));
    Cost cost = chosen();
    cost_equal(cost, Width(bits), x.size());
    const RingTensor result =
        opened(parties().run(cost, [&](Party& party) { return equal(party, x.of(party), zero.of(party)); }));
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(result.get(i), x.value(i) == 0 ? 1U : 0U) << bits;
  }
}

TEST_P(Conversions, AndGateOnAllSharings) {
  std::vector<std::uint64_t> bits[4];
  for (unsigned v = 0; v < 16; ++v) {
    for (int i = 0; i < 4; ++i) bits[i].push_back((v >> i) & 1U);
  }
  const Sharing x{RingTensor::from(bit_width, bits[0]), RingTensor::from(bit_width, bits[1])};
  const Sharing y{RingTensor::from(bit_width, bits[2]), RingTensor::from(bit_width, bits[3])};
  Cost cost = chosen();
  cost_and_level(cost, 16, 0);
  const RingTensor result =
      opened(parties().run(cost, [&](Party& party) { return and_gate(party, x.of(party), y.of(party)); }));
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(result.get(i), x.value(i) & y.value(i));
}

TEST_P(Conversions, B2aKeepsTheBit) {
  const Sharing bits = sharings(bit_width);
  for (const int width : widths) {
    Cost cost = chosen();
    cost_b2a(cost, {{Width(width), bits.size()}});
    const RingTensor result =
        opened(parties().run(cost, [&](Party& party) { return b2a(party, bits.of(party), Width(width)); }));
    for (std::size_t i = 0; i < bits.size(); ++i) ASSERT_EQ(result.get(i), bits.value(i)) << width;
  }
}

TEST_P(Conversions, MultiplexIsTheProduct) {
  for (const int width : widths) {
    const Sharing x = sharings(Width(width));
    std::mt19937_64 random(7);
    RingTensor b0(bit_width, x.size());
    RingTensor b1(bit_width, x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      b0.set(i, random());
      b1.set(i, random());
    }
    Cost cost = chosen();
    cost_multiplex(cost, Width(width), x.size());
    const RingTensor result = opened(parties().run(
        cost, [&](Party& party) { return multiplex(party, party.is_server() ? b0 : b1, x.of(party)); }));
    for (std::size_t i = 0; i < x.size(); ++i)
      ASSERT_EQ(result.get(i), (b0.get(i) ^ b1.get(i)) != 0 ? x.value(i) : 0U) << width;
  }
}

TEST_P(Conversions, DreluAndRelu) {
  for (const int bits : widths) {
    const Sharing x = sharings(Width(bits));
    Cost cost = chosen();
    cost_drelu(cost, Width(bits), x.size());
    const RingTensor sign =
        opened(parties().run(cost, [&](Party& party) { return drelu(party, x.of(party)); }));
    Cost relu_cost = chosen();
    cost_relu(relu_cost, Width(bits), x.size());
    const RingTensor result =
        opened(parties().run(relu_cost, [&](Party& party) { return relu(party, x.of(party)); }));
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(sign.get(i), x.signed_value(i) >= 0 ? 1U : 0U) << bits;
      ASSERT_EQ(result.get_signed(i), std::max<std::int64_t>(x.signed_value(i), 0)) << bits;
    }
  }
}

TEST_P(Conversions, ClipsWithinTheSignedRange) {
  const Width width(6);
  const Sharing x =
      sharings(width, [&](std::uint64_t v) { return width.to_signed(v) >= -20 && width.to_signed(v) < 25; });
  Cost cost = chosen();
  cost_clip(cost, width, x.size());
  const RingTensor above =
      opened(parties().run(cost, [&](Party& party) { return clip_above(party, x.of(party), 9); }));
  const RingTensor below =
      opened(parties().run(cost, [&](Party& party) { return clip_below(party, x.of(party), -5); }));
  for (std::size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(above.get_signed(i), std::min<std::int64_t>(x.signed_value(i), 9));
    ASSERT_EQ(below.get_signed(i), std::max<std::int64_t>(x.signed_value(i), -5));
  }
}

TEST_P(Conversions, ExtendKeepsTheValue) {
  for (const int from : {1, 2, 3, 4, 5, 6, 8, 12, 16, 31, 63}) {
    for (const int to : {from, from + 1, from + 5, 64}) {
      if (to > 64) continue;
      const Width m(from);
      const Width n(to);
      const auto check = [&](const Sharing& x, KnownMsb msb, bool is_signed) {
        Cost cost = chosen();
        cost_extend(cost, m, n, x.size(), msb);
        const RingTensor result = opened(parties().run(cost, [&](Party& party) {
          return is_signed ? sign_extend(party, x.of(party), n, msb)
                           : zero_extend(party, x.of(party), n, msb);
        }));
        for (std::size_t i = 0; i < x.size(); ++i) {
          const std::uint64_t expected =
              is_signed ? static_cast<std::uint64_t>(x.signed_value(i)) : x.value(i);
          ASSERT_EQ(result.get(i), expected & n.mask()) << from << "→" << to << " " << is_signed;
        }
      };
      for (const bool is_signed : {false, true}) {
        check(sharings(m), KnownMsb::unknown, is_signed);
        check(sharings(m, [&](std::uint64_t v) { return v < m.sign_bit(); }), KnownMsb::zero, is_signed);
        check(sharings(m, [&](std::uint64_t v) { return v >= m.sign_bit(); }), KnownMsb::one, is_signed);
      }
    }
  }
}

TEST_P(Conversions, TruncationsFloor) {
  for (const int bits : {2, 3, 4, 5, 6, 8, 13, 16, 32, 64}) {
    const Width width(bits);
    for (int shift = 0; shift < bits; shift = shift < 6 ? shift + 1 : shift + 7) {
      const Sharing x = sharings(width);
      Cost reduce_cost = chosen();
      cost_truncate_reduce(reduce_cost, width, shift, x.size());
      const RingTensor reduced = opened(parties().run(
          reduce_cost, [&](Party& party) { return truncate_reduce(party, x.of(party), shift); }));
      const auto check = [&](const Sharing& y, KnownMsb msb) {
        Cost cost = chosen();
        cost_truncate(cost, width, shift, y.size(), msb);
        const RingTensor logical = opened(parties().run(
            cost, [&](Party& party) { return truncate_logical(party, y.of(party), shift, msb); }));
        const RingTensor arithmetic = opened(parties().run(
            cost, [&](Party& party) { return truncate_arithmetic(party, y.of(party), shift, msb); }));
        for (std::size_t i = 0; i < y.size(); ++i) {
          ASSERT_EQ(logical.get(i), y.value(i) >> shift) << bits << " >> " << shift;
          ASSERT_EQ(arithmetic.get_signed(i), y.signed_value(i) >> shift) << bits << " >> " << shift;
        }
      };
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(reduced.get(i), x.value(i) >> shift) << bits << " >> " << shift;
      check(x, KnownMsb::unknown);
      check(sharings(width, [&](std::uint64_t v) { return v < width.sign_bit(); }), KnownMsb::zero);
      check(sharings(width, [&](std::uint64_t v) { return v >= width.sign_bit(); }), KnownMsb::one);
    }
  }
}

TEST_P(Conversions, ReluIntoANarrowerRing) {
  for (const int bits : {2, 5, 9, 16, 33}) {
    for (const int to : {1, 2, bits / 2, bits - 1}) {
      if (to < 1) continue;
      const Sharing x = sharings(Width(bits));
      Cost cost = chosen();
      cost_relu(cost, Width(bits), Width(to), x.size());
      const RingTensor result =
          opened(parties().run(cost, [&](Party& party) { return relu(party, x.of(party), Width(to)); }));
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto expected = static_cast<std::uint64_t>(std::max<std::int64_t>(x.signed_value(i), 0));
        ASSERT_EQ(result.get(i), expected & Width(to).mask()) << bits << " → " << to;
      }
    }
  }
}

TEST_P(Conversions, MultiplexAndB2aShareTheirFlights) {
  for (const int width : {2, 3, 8, 17, 64}) {
    const Sharing x = sharings(Width(width));
    const Sharing bits{sign_bits(x.server), sign_bits(x.client)};
    const Sharing other_bits{convert(x.server, bit_width), convert(x.client, bit_width)};
    Cost cost = chosen();
    cost_multiplex_and_b2a(cost, Width(width), Width(7), x.size());
    const auto [s, c] = parties().run(cost, [&](Party& party) {
      return multiplex_and_b2a(party, bits.of(party), x.of(party), {other_bits.of(party), Width(7)});
    });
    EXPECT_EQ(cost.rounds(), 2U);
    const RingTensor product = add(s.product, c.product);
    const RingTensor converted = add(s.converted, c.converted);
    for (std::size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(product.get(i), bits.value(i) != 0 ? x.value(i) : 0U) << width;
      ASSERT_EQ(converted.get(i), other_bits.value(i)) << width;
    }
  }
}

// Shares of a result must not betray the value: with the value fixed, a share takes every residue evenly.
TEST_P(Conversions, SharesOfAFixedValueLookUniform) {
  const Width width(4);
  const std::size_t count = 16000;
  const Sharing x = share_values(width, std::vector<std::int64_t>(count, 5));
  Cost cost = chosen();
  cost_relu(cost, width, count);
  const auto [s, c] = parties().run(cost, [&](Party& party) { return relu(party, x.of(party)); });
  std::vector<double> server(16), client(16);
  for (std::size_t i = 0; i < count; ++i) {
    ++server[s.get(i)];
    ++client[c.get(i)];
  }
  // χ² with 15 degrees of freedom stays below 50 with probability 1 − 10^-5; seeds are fixed.
  const auto chi_square = [&](const std::vector<double>& histogram) {
    double sum = 0;
    for (const double seen : histogram) sum += (seen - count / 16.0) * (seen - count / 16.0) / (count / 16.0);
    return sum;
  };
  EXPECT_LT(chi_square(server), 50);
  EXPECT_LT(chi_square(client), 50);
}

INSTANTIATE_TEST_SUITE_P(Choices, Conversions,
                         testing::ValuesIn(with_every_extension(
                             {{}, {6, true}, {8, true}, {8, false}, {5, true, true}, {4, false, true}},
                             {{8, true}, {5, true, true}, {8, true, true, {}, 10'000}})));

}  // namespace
}  // namespace privquant
