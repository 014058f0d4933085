// requantise equals its definition for all sharings at small widths, with every extension and at every price of a
// round.
#include "mpc/requantise.h"

#include <gtest/gtest.h>

#include "mpc/truncate.h"
#include "ot/prices.h"
#include "shares.h"

namespace privquant {
namespace {

class RequantiseTest : public MpcTestWithChoices {
 protected:
  void check(Width width, const Requantisation& what, Width to) {
    ASSERT_TRUE(supports(what, width));
    const auto greatest = static_cast<std::int64_t>(width.sign_bit() - 1);
    const std::int64_t low = what.window.low;
    const Sharing x = sharings(width, [&](std::uint64_t value) {
      if (what.saturates) return value >> what.shift <= Width(what.window.bits).mask() + 1;
      // The difference to the least value must not overflow.
      const std::int64_t v = width.to_signed(value);
      const std::int64_t least = low * (std::int64_t{1} << what.shift);
      return least <= 0 ? v <= greatest + least : v >= least - greatest - 1;
    });
    Cost cost = chosen();
    cost_requantise(cost, width, what, to, x.size());
    const RingTensor result =
        opened(parties().run(cost, [&](Party& party) { return requantise(party, x.of(party), what, to); }));
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int64_t shifted = what.saturates ? static_cast<std::int64_t>(x.value(i) >> what.shift)
                                                  : x.signed_value(i) >> what.shift;
      const std::int64_t high = low + static_cast<std::int64_t>(Width(what.window.bits).mask());
      const auto expected = static_cast<std::uint64_t>(std::min(std::max(shifted, low), high));
      ASSERT_EQ(result.get(i), expected & to.mask())
          << width.bits() << " → " << to.bits() << " by " << what.shift << ", " << what.window.bits
          << " bits from " << low << ": " << x.value(i);
    }
  }

  void check_rings(Width width, const Requantisation& what) {
    const int left = width.bits() - what.shift;
    for (const int to : {1, what.window.bits, what.window.bits + 1, left, left + 1, left + 5})
      check(width, what, Width(to));
  }
};

TEST_P(RequantiseTest, EverySharing) {
  for (int width = 2; width <= 6; ++width) {
    for (int shift = 0; shift < width - 1; ++shift) {
      for (int bits = 1; shift + bits < width; ++bits) {
        for (const std::int64_t low : {std::int64_t{0}, -(std::int64_t{1} << (bits - 1))})
          check_rings(Width(width), {shift, {low, bits}, false});
      }
      check_rings(Width(width), {shift, {0, width - shift - 1}, true});
    }
  }
}

TEST_P(RequantiseTest, WideNumbers) {
  for (const auto& [width, shift, bits] :
       {std::tuple(12, 5, 4), {14, 8, 3}, {18, 7, 8}, {13, 0, 6}, {11, 1, 9}, {40, 30, 4}, {20, 4, 8}}) {
    for (const std::int64_t low : {std::int64_t{0}, -(std::int64_t{1} << (bits - 1)), std::int64_t{1}})
      check_rings(Width(width), {shift, {low, bits}, false});
  }
  for (const auto& [shift, bits] : {std::pair(2, 6), {4, 4}, {9, 3}, {1, 12}, {0, 8}})
    check_rings(Width(shift + bits + 1), {shift, {0, bits}, true});
}

// With the value fixed, each party's share takes every residue evenly.
TEST_P(RequantiseTest, SharesOfAFixedValueLookUniform) {
  const std::size_t count = 16000;
  for (const Requantisation& what : {Requantisation{2, {0, 3}, false}, Requantisation{2, {0, 5}, true}}) {
    const Sharing x = share_values(Width(8), std::vector<std::int64_t>(count, 27));
    Cost cost = chosen();
    cost_requantise(cost, Width(8), what, Width(4), count);
    const auto shares =
        parties().run(cost, [&](Party& party) { return requantise(party, x.of(party), what, Width(4)); });
    for (const RingTensor& share : {shares.first, shares.second}) {
      std::vector<double> histogram(16);
      for (std::size_t i = 0; i < count; ++i) ++histogram[share.get(i)];
      double chi_square = 0;
      for (const double seen : histogram)
        chi_square += (seen - count / 16.0) * (seen - count / 16.0) / (count / 16.0);
      // With 15 degrees of freedom below 50 with probability 1 − 10^-5; seeds are fixed.
      EXPECT_LT(chi_square, 50);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Choices, RequantiseTest,
                         testing::ValuesIn(with_every_extension(
                             {{}, {5, true, true}},
                             {{5, true, true}, {4, false, false, {}, 1'000}, {8, true, true, {}, 20'000}})));

TEST(Requantise, RefusesWhatALookupCannotHold) {
  EXPECT_FALSE(supports({4, {0, 4}, false}, Width(8)));
  EXPECT_FALSE(supports({4, {0, 4}, false}, Width(17)));
  EXPECT_FALSE(supports({4, {0, 4}, true}, Width(10)));
  EXPECT_TRUE(supports({4, {0, 4}, false}, Width(16)));
}

Cost cost_of(const Requantisation& what, std::size_t round_bytes) {
  Cost cost;
  cost.choices = {5, true, true, OtExtension::ferret, round_bytes};
  cost_requantise(cost, Width(what.shift + what.window.bits + 3), what, Width(14), 1 << 14);
  return cost;
}

// With all preparation: 3 bits above the window, activations of 4 to 6 bits, into an accumulator.
TEST(Requantise, TakesAtMost170Bits) {
  for (const int bits : {4, 5, 6}) {
    for (const int shift : {3, 5, 8}) {
      const Cost cost = cost_of({shift, {0, bits}, false}, 0);
      const double sent = 8 * static_cast<double>(cost.bytes());
      EXPECT_LE((sent + preparation_bits(cost.demand, OtExtension::ferret)) / (1 << 14), 170);
      EXPECT_LE(cost.rounds(), 11U);
    }
  }
}

TEST(Requantise, TakesFewerRoundsWhereTheyAreDear) {
  const Requantisation what{5, {0, 5}, false};
  EXPECT_EQ(cost_of(what, 56'250).rounds(), 7U);
  EXPECT_EQ(cost_of(what, 1'600'000).rounds(), 6U);
  EXPECT_LT(cost_of(what, 0).bytes(), cost_of(what, 56'250).bytes());
}

}  // namespace
}  // namespace privquant
