// Convolution, linear layers, pooling, maxima: against loops written from the definitions.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "mpc/convolution_copies.h"
#include "mpc/convolve.h"
#include "mpc/maximum.h"
#include "mpc/pool.h"
#include "mpc/reveal.h"
#include "shares.h"
#include "support/every_target.h"

namespace privquant {
namespace {

std::vector<std::int64_t> random_values(std::size_t count, std::int64_t low, std::int64_t high,
                                        std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> draw(low, high);
  std::vector<std::int64_t> values(count);
  for (auto& value : values) value = draw(random);
  return values;
}

std::vector<std::int64_t> direct_convolution(const ConvolutionShape& s,
                                             const std::vector<std::int16_t>& weights,
                                             const std::vector<std::int64_t>& x) {
  std::vector<std::int64_t> out;
  const int in_group = s.in_channels / s.groups;
  const int out_group = s.out_channels / s.groups;
  for (int o = 0; o < s.out_channels; ++o) {
    for (int y = 0; y < s.out_height; ++y) {
      for (int c = 0; c < s.out_width; ++c) {
        std::int64_t sum = 0;
        for (int i = 0; i < in_group; ++i) {
          for (int ky = 0; ky < s.kernel_height; ++ky) {
            for (int kx = 0; kx < s.kernel_width; ++kx) {
              const int iy = y * s.stride_height + ky * s.dilation_height - s.pad_top;
              const int ix = c * s.stride_width + kx * s.dilation_width - s.pad_left;
              if (iy < 0 || iy >= s.in_height || ix < 0 || ix >= s.in_width) continue;
              const int channel = o / out_group * in_group + i;
              sum += weights[static_cast<std::size_t>(
                         ((o * in_group + i) * s.kernel_height + ky) * s.kernel_width + kx)] *
                     x[static_cast<std::size_t>((channel * s.in_height + iy) * s.in_width + ix)];
            }
          }
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

class Linear : public MpcTest {
 protected:
  std::mt19937_64 random{11};

  void check(const ConvolutionShape& shape, const LinearWidths& widths) {
    const std::int64_t half = std::int64_t{1} << (widths.input.bits() - 1);
    const auto values = widths.input_is_signed ? random_values(shape.inputs(), -half, half - 1, random)
                                               : random_values(shape.inputs(), 0, 2 * half - 1, random);
    std::vector<std::int16_t> weights(shape.fan_in() * static_cast<std::size_t>(shape.out_channels));
    for (auto& w : weights) w = static_cast<std::int16_t>(static_cast<int>(random() % 255) - 127);
    const Sharing x = share_values(widths.input, values, random());
    Cost cost;
    cost_convolve(cost, shape, widths);
    const RingTensor result = opened(parties().run(cost, [&](Party& party) {
      return convolve(party, shape, widths, party.is_server() ? weights : std::vector<std::int16_t>{},
                      x.of(party));
    }));
    const auto expected = direct_convolution(shape, weights, values);
    ASSERT_EQ(result.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(result.get(i), static_cast<std::uint64_t>(expected[i]) & widths.accumulator.mask()) << i;
  }
};

TEST_F(Linear, ConvolvesEveryGeometry) {
  const std::vector<ConvolutionShape> shapes{
      {3, 6, 5, 4, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1},   // same padding
      {2, 7, 7, 3, 3, 3, 1, 3, 3, 2, 2, 1, 1, 0, 0},   // stride 2
      {4, 5, 5, 6, 5, 5, 2, 3, 3, 1, 1, 1, 1, 1, 1},   // two groups
      {4, 5, 5, 4, 3, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1},   // depthwise, stride 2
      {2, 8, 8, 2, 4, 4, 1, 3, 3, 1, 1, 2, 2, 0, 0},   // dilation
      {3, 4, 4, 5, 4, 4, 1, 1, 1, 1, 1, 1, 1, 0, 0},   // pointwise
      {2, 6, 6, 3, 3, 3, 1, 3, 3, 2, 2, 1, 1, 0, 0},   // padding on the far sides only
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}};  // one element
  for (const ConvolutionShape& shape : shapes) {
    check(shape, {Width(4), Width(14), false});
    check(shape, {Width(8), Width(21), true});
  }
}

TEST_F(Linear, EveryWidthOfInputAndAccumulator) {
  const ConvolutionShape shape{2, 4, 4, 3, 4, 4, 1, 3, 3, 1, 1, 1, 1, 1, 1};
  for (const int input : {1, 2, 3, 7, 8, 9, 16}) {
    for (const int accumulator : {input, input + 1, 17, 32, 33, 64}) {
      if (accumulator < input) continue;
      check(shape, {Width(input), Width(accumulator), false});
      check(shape, {Width(input), Width(accumulator), true});
    }
  }
}

TEST_F(Linear, FullyConnected) {
  check({130, 1, 1, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, {Width(8), Width(23), false});
  check({7, 1, 1, 300, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, {Width(5), Width(20), true});
}

TEST_F(Linear, EveryInstructionSetAgrees) {
  on_every_target([&] {
    check({3, 6, 5, 17, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1}, {Width(4), Width(13), false});
  });
}

TEST_F(Linear, CopiesAreCountedAsListed) {
  const ConvolutionShape shape{4, 5, 5, 4, 3, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1};
  EXPECT_EQ(convolution_copies(shape).size(), count_convolution_copies(shape));
  EXPECT_LT(count_convolution_copies(shape), shape.positions() * 4 * 9) << "padding must not be counted";
}

TEST_F(Linear, SumPoolAddsEveryWindow) {
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

TEST_F(Linear, MaxPoolIgnoresPadding) {
  const PoolShape shape{2, 5, 5, 3, 3, 3, 3, 2, 2, 1, 1, 1, 1};
  const Width width(8);
  const auto values = random_values(shape.inputs(), -60, -1, random);  // a zero from the padding would win
  const Sharing x = share_values(width, values);
  Cost cost;
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

TEST_F(Linear, MaximumOfRows) {
  const Width width(9);
  for (const std::size_t candidates : {1U, 2U, 3U, 7U}) {
    std::vector<std::vector<std::int64_t>> values;
    std::vector<Sharing> shares;
    for (std::size_t j = 0; j < candidates; ++j) {
      values.push_back(random_values(40, -128, 127, random));
      shares.push_back(share_values(width, values.back(), j));
    }
    Cost cost;
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

TEST_F(Linear, ArgmaxTakesTheFirstOfEquals) {
  const Width width(7);
  for (const std::size_t count : {1U, 2U, 3U, 10U, 37U}) {
    for (int trial = 0; trial < 6; ++trial) {
      const auto values = random_values(count, -4, 3, random);
      const Sharing x = share_values(width, values, static_cast<std::uint64_t>(trial));
      Cost cost;
      cost_argmax(cost, width, count);
      const RingTensor index =
          opened(parties().run(cost, [&](Party& party) { return argmax(party, x.of(party)); }));
      EXPECT_EQ(index.get(0),
                static_cast<std::uint64_t>(std::max_element(values.begin(), values.end()) - values.begin()));
    }
  }
}

TEST_F(Linear, TopKSortsTheGreatest) {
  const Width width(9);
  for (const std::size_t count : {1U, 2U, 5U, 10U, 33U}) {
    for (const std::size_t k : {1U, 2U, 3U, 5U}) {
      if (k > count) continue;
      const auto values = random_values(count, -128, 127, random);
      const Sharing x = share_values(width, values);
      Cost cost;
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

TEST_F(Linear, RevealTellsOneParty) {
  const Width width(11);
  const Sharing x = share_values(width, {1, -2, 300});
  Cost cost;
  cost_reveal(cost, Role::client, width, 3);
  const auto [server, client] =
      parties().run(cost, [&](Party& party) { return reveal_to(party, Role::client, x.of(party)); });
  EXPECT_FALSE(server.has_value());
  EXPECT_EQ(client->get_signed(1), -2);
  EXPECT_EQ(client->get_signed(2), 300);
}

}  // namespace
}  // namespace privquant
