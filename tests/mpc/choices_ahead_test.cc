// Functionalities whose first lookups the client chose ahead give what they give otherwise, at the stated cost.
#include <gtest/gtest.h>

#include "mpc/requantise.h"
#include "mpc/truncate.h"
#include "shares.h"

namespace privquant {
namespace {

class ChoicesAheadTest : public MpcTestWithChoices {
 protected:
  // Runs `functionality` on x, twice, both chosen for before either runs. `add_cost` prices one.
  template <typename Lookups, typename Functionality, typename AddCost, typename Expected>
  void check(const Sharing& x, Width width, Lookups&& lookups, Functionality&& functionality,
             AddCost&& add_cost, Expected&& expected) {
    Cost one = chosen();
    one.chosen_ahead = true;
    add_cost(one, x.size());
    const std::uint64_t bytes = one.prepared[index_of(Role::client)];
    ASSERT_GT(bytes, 0U);
    Cost otherwise = chosen();
    add_cost(otherwise, x.size());
    EXPECT_EQ(one.bytes() + bytes, otherwise.bytes());
    EXPECT_EQ(one.demand, otherwise.demand);

    Cost cost = chosen();
    cost.message(Role::client, 2 * bytes);
    for (int i = 0; i < 2; ++i) {
      cost.chosen_ahead = true;
      add_cost(cost, x.size());
    }
    const RingTensor results = opened(parties().run(cost, [&](Party& party) {
      const RingTensor& share = x.of(party);
      // The server has no share yet.
      const RingTensor known = party.is_server() ? RingTensor::zeros(width, x.size()) : share;
      const ChoicesAhead first = choose_ahead(party, lookups(party, known), {});
      const ChoicesAhead second = choose_ahead(party, lookups(party, known), one.demand);
      std::vector<RingTensor> parts;
      for (const ChoicesAhead* ahead : {&first, &second}) {
        party.ahead = ahead;
        parts.push_back(functionality(party, share));
        EXPECT_EQ(party.ahead, nullptr);
      }
      return concatenate(parts);
    }));
    for (std::size_t i = 0; i < 2 * x.size(); ++i)
      ASSERT_EQ(results.get(i), expected(x.value(i % x.size()))) << x.value(i % x.size());
  }
};

TEST_P(ChoicesAheadTest, TruncateReduce) {
  const Width width(7);
  for (const int shift : {2, 5}) {
    check(
        sharings(width), width,
        [&](Party& party, const RingTensor& x) { return truncate_reduce_lookups(party, x, shift); },
        [&](Party& party, const RingTensor& x) { return truncate_reduce(party, x, shift); },
        [&](Cost& cost, std::size_t count) { cost_truncate_reduce(cost, width, shift, count); },
        [&](std::uint64_t x) { return x >> shift; });
  }
}

TEST_P(ChoicesAheadTest, Requantise) {
  struct Case {
    int bits, to;
    Requantisation what;
  };
  // Lower ends, a wider ring, several digits, one number that is clipped.
  for (const auto& [bits, to, what] :
       {Case{8, 6, {2, {0, 3}, false}}, Case{8, 6, {2, {-4, 3}, false}}, Case{9, 12, {3, {1, 3}, false}},
        Case{14, 6, {6, {0, 5}, false}}, Case{9, 6, {3, {0, 5}, true}}}) {
    const Width width(bits), wanted(to);
    const Requantisation requantisation = what;
    ASSERT_TRUE(supports(requantisation, width));
    const std::int64_t low = what.window.low;
    const auto high = low + static_cast<std::int64_t>(Width(what.window.bits).mask());
    const auto number = [&](std::uint64_t x) {
      return requantisation.saturates ? static_cast<std::int64_t>(x) : width.to_signed(x);
    };
    // What the functionality may be given.
    const Sharing x = sharings(width, [&](std::uint64_t value) {
      if (requantisation.saturates) return number(value) >> requantisation.shift <= high + 1;
      const std::int64_t from_low = number(value) - low * (std::int64_t{1} << requantisation.shift);
      return from_low >= -static_cast<std::int64_t>(width.sign_bit()) &&
             from_low < static_cast<std::int64_t>(width.sign_bit());
    });
    SCOPED_TRACE(testing::Message() << bits << " → " << to << " bits, from " << low);
    check(
        x, width,
        [&](Party& party, const RingTensor& share) {
          return requantise_lookups(party, share, requantisation, wanted);
        },
        [&](Party& party, const RingTensor& share) {
          return requantise(party, share, requantisation, wanted);
        },
        [&](Cost& cost, std::size_t count) { cost_requantise(cost, width, requantisation, wanted, count); },
        [&](std::uint64_t value) {
          const std::int64_t shifted = number(value) >> requantisation.shift;
          return static_cast<std::uint64_t>(std::clamp(shifted, low, high)) & wanted.mask();
        });
  }
}

INSTANTIATE_TEST_SUITE_P(Choices, ChoicesAheadTest,
                         testing::ValuesIn(with_every_extension({}, {{5, true, true},
                                                                     {4, false, true, {}, 50},
                                                                     {5, true, true, {}, 2'000'000}})));

}  // namespace
}  // namespace privquant
