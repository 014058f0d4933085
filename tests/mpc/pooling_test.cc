// Pooling, maxima, opening: against loops written from the definitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "mpc/maximum.h"
#include "mpc/pool.h"
#include "mpc/reveal.h"
#include "shares.h"

namespace privquant {
namespace {

class Pooling : public MpcTestWithChoices {
 protected:
  std::mt19937_64 random{11};
};

TEST_P(Pooling, SumPoolAddsEveryWindow) {
  const PoolShape shape{2, 5, 4, 3, 2, 3, 2, 2, 2, 1, 1, 1, 0};
  const Width width(12);
  const auto values = random_values(shape.inputs(), 0, 100, random);
  const Sharing x = share_values(width, values);
  const RingTensor result = add(sum_pool(shape, x.server), sum_pool(shape, x.client));
  std::size_t at = 0;
  for (int c = 0; c < 2; ++c) {
    for (int y = 0; y < 3; ++y) {
      for (int col = 0; col < 2; ++col, ++at) {
        std::int64_t sum = 0;
        for (int ky = 0; ky < 3; ++ky) {
          for (int kx = 0; kx < 2; ++kx) {
            const int iy = 2 * y + ky - 1;
            const int ix = 2 * col + kx;
            if (iy >= 0 && iy < 5 && ix < 4) sum += values[static_cast<std::size_t>((c * 5 + iy) * 4 + ix)];
          }
        }
        EXPECT_EQ(result.get_signed(at), sum);
      }
    }
  }
}

TEST_P(Pooling, MaxPoolIgnoresPadding) {
  const PoolShape shape{2, 5, 5, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1};
  const Width width(8);
  const auto values = random_values(shape.inputs(), -60, -1, random);  // a zero from the padding would win
  const Sharing x = share_values(width, values);
  Cost cost = chosen();
  cost_max_pool(cost, shape, width);
  const RingTensor result =
      opened(parties().run(cost, [&](Party& party) { return max_pool(party, shape, x.of(party)); }));
  std::size_t at = 0;
  for (int c = 0; c < 2; ++c) {
    for (int y = 0; y < 3; ++y) {
      for (int col = 0; col < 3; ++col, ++at) {
        std::int64_t best = -1000;
        for (int iy = std::max(0, 2 * y - 1); iy <= std::min(4, 2 * y + 1); ++iy) {
          for (int ix = std::max(0, 2 * col - 1); ix <= std::min(4, 2 * col + 1); ++ix)
            best = std::max(best, values[static_cast<std::size_t>((c * 5 + iy) * 5 + ix)]);
        }
        ASSERT_EQ(result.get_signed(at), best);
      }
    }
  }
}

TEST_P(Pooling, MaximumOfRows) {
  const Width width(9);
  for (const std::size_t candidates : {1U, 2U, 3U, 7U}) {
    std::vector<std::vector<std::int64_t>> values;
    std::vector<Sharing> shares;
    for (std::size_t j = 0; j < candidates; ++j) {
      values.push_back(random_values(40, -128, 127, random));
      shares.push_back(share_values(width, values.back(), j));
    }
    Cost cost = chosen();
    cost_maximum(cost, width, candidates, 40);
    const RingTensor result = opened(parties().run(cost, [&](Party& party) {
      std::vector<RingTensor> own;
      for (const Sharing& share : shares) own.push_back(share.of(party));
      return maximum(party, std::move(own));
    }));
    for (std::size_t i = 0; i < 40; ++i) {
      std::int64_t best = -1000;
      for (const auto& row : values) best = std::max(best, row[i]);
      ASSERT_EQ(result.get_signed(i), best);
    }
  }
}

TEST_P(Pooling, ArgmaxTakesTheFirstOfEquals) {
  const Width width(7);
  for (const std::size_t count : {1U, 2U, 3U, 10U, 37U}) {
    for (int trial = 0; trial < 6; ++trial) {
      const auto values = random_values(count, -4, 3, random);
      const Sharing x = share_values(width, values, static_cast<std::uint64_t>(trial));
      Cost cost = chosen();
      cost_argmax(cost, width, count);
      const RingTensor index =
          opened(parties().run(cost, [&](Party& party) { return argmax(party, x.of(party)); }));
      EXPECT_EQ(index.get(0),
                static_cast<std::uint64_t>(std::max_element(values.begin(), values.end()) - values.begin()));
    }
  }
}

TEST_P(Pooling, TopKSortsTheGreatest) {
  const Width width(9);
  for (const std::size_t count : {1U, 2U, 5U, 10U, 33U}) {
    for (const std::size_t k : {1U, 2U, 3U, 5U}) {
      if (k > count) continue;
      const auto values = random_values(count, -128, 127, random);
      const Sharing x = share_values(width, values);
      Cost cost = chosen();
      cost_top_k(cost, width, count, k);
      const RingTensor indices =
          opened(parties().run(cost, [&](Party& party) { return top_k(party, x.of(party), k); }));
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] > values[b]; });
      for (std::size_t i = 0; i < k; ++i) ASSERT_EQ(indices.get(i), order[i]) << count << " " << k;
    }
  }
}

TEST_P(Pooling, RevealTellsOneParty) {
  const Width width(11);
  const Sharing x = share_values(width, {1, -2, 300});
  Cost cost = chosen();
  cost_reveal(cost, Role::client, width, 3);
  const auto [server, client] =
      parties().run(cost, [&](Party& party) { return reveal_to(party, Role::client, x.of(party)); });
  EXPECT_FALSE(server.has_value());
  EXPECT_EQ(client->get_signed(1), -2);
  EXPECT_EQ(client->get_signed(2), 300);
}

INSTANTIATE_TEST_SUITE_P(Choices, Pooling,
                         testing::ValuesIn(with_every_extension(
                             {{}, {5, true, true}}, {{5, true, true}, {8, true, true, {}, 1'000}})));

}  // namespace
}  // namespace privquant
