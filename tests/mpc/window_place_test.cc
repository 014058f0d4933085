// A number's place against a window equals its definition for all sharings, at once and by digits.
#include "mpc/window_place.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "mpc/and_gate.h"
#include "shares.h"

namespace privquant {
namespace {

class WindowPlaceTest : public MpcTestWithChoices {
 protected:
  void check(int bits, const WindowPlace& where, bool with_carry) {
    const Sharing tops = sharings(Width(bits));
    const std::size_t count = tops.size();
    // Each with both carries, which are shared at random.
    std::mt19937_64 random(static_cast<std::uint64_t>(bits));
    RingTensor carries(bit_width, 2 * count), own(bit_width, 2 * count);
    for (std::size_t i = 0; i < 2 * count; ++i) {
      own.set(i, random() & 1U);
      carries.set(i, own.get(i) ^ (i < count ? 0U : 1U));
    }
    const auto twice = [](const RingTensor& x) { return concatenate(std::vector{x, x}); };
    Cost cost = chosen();
    cost_two_way_lookups(cost, where.lookup_sizes(2 * count));
    for (const auto& [gates, pairs] : where.levels())
      cost_and_level(cost, gates * 2 * count, pairs * 2 * count);
    const RingTensor places = opened(parties().run(cost, [&](Party& party) {
      const RingTensor top = twice(tops.of(party));
      const auto looked_up = two_way_lookups(party, where.lookups(top));
      int between = 0;
      WindowPlace::Place place =
          where.find(party, top, looked_up, party.is_server() ? own : carries, [&] { ++between; });
      EXPECT_EQ(between, where.levels().empty() ? 0 : 1);
      EXPECT_EQ(place.inside_with_carry.size(), with_carry ? 2 * count : 0);
      std::vector<RingTensor> parts{std::move(place.inside), std::move(place.over)};
      if (with_carry) parts.push_back(std::move(place.inside_with_carry));
      return concatenate(parts);
    }));
    for (std::size_t i = 0; i < 2 * count; ++i) {
      const std::uint64_t carry = i < count ? 0 : 1;
      const std::int64_t q = Width(bits).to_signed((tops.value(i % count) + carry) & Width(bits).mask());
      ASSERT_EQ(places.get(i), q == 0 ? 1U : 0U) << q;
      ASSERT_EQ(places.get(2 * count + i), q > 0 ? 1U : 0U) << q;
      if (!with_carry) continue;
      ASSERT_EQ(places.get(4 * count + i), q == 0 ? carry : 0U) << q;
    }
  }
};

TEST_P(WindowPlaceTest, EverySharing) {
  for (int bits = 1; bits <= max_choice_bits; ++bits) {
    for (const bool with_carry : {false, true}) {
      SCOPED_TRACE(testing::Message() << bits << " bits");
      const std::size_t count = 2 * sharings(Width(bits)).size();
      check(bits, WindowPlace(GetParam(), bits, with_carry, count), with_carry);
    }
  }
}

TEST_P(WindowPlaceTest, EverySplitIntoDigits) {
  for (const std::vector<int>& digits : std::vector<std::vector<int>>{
           {1}, {5}, {1, 1}, {1, 2}, {2, 1}, {4, 1}, {1, 1, 1}, {2, 1, 1}, {1, 2, 2}}) {
    for (const bool with_carry : {false, true}) {
      SCOPED_TRACE(testing::PrintToString(digits));
      const int bits = std::accumulate(digits.begin(), digits.end(), 1);
      check(bits, WindowPlace(bits, with_carry, digits), with_carry);
    }
  }
}

// What a round is worth, from nothing to more than any digit.
INSTANTIATE_TEST_SUITE_P(Choices, WindowPlaceTest,
                         testing::ValuesIn(with_every_extension({{}}, {{5, true, true},
                                                                       {4, false, false, {}, 50},
                                                                       {5, true, true, {}, 2'000'000}})));

TEST(WindowPlaceWays, AllAreTakenAtSomePrice) {
  std::set<std::size_t> levels;
  for (const std::size_t round_bytes : {0U, 1'000U, 20'000U, 2'000'000U}) {
    for (int bits = 1; bits <= max_choice_bits; ++bits)
      levels.insert(
          WindowPlace({5, true, true, OtExtension::ferret, round_bytes}, bits, false, 8192).levels().size());
  }
  EXPECT_EQ(levels, (std::set<std::size_t>{0, 1, 2, 4, 6}));
}

TEST(WindowPlaceWays, DigitsTakeAThirdOfAWholeLookupsBits) {
  const WindowPlace where({5, true, true, OtExtension::ferret, 0}, 5, false, 1 << 14);
  Cost cost;
  cost.choices.extension = OtExtension::ferret;
  cost_two_way_lookups(cost, where.lookup_sizes(1 << 14));
  for (const auto& [gates, pairs] : where.levels()) cost_and_level(cost, gates << 14, pairs << 14);
  EXPECT_EQ(8 * cost.bytes(), std::size_t{42} << 14);
}

}  // namespace
}  // namespace privquant
