// Seeds as base OTs would give them, and what random COTs must satisfy.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ot/punctured_trees.h"
#include "ot/random_cot.h"

namespace privquant {

struct BaseSeeds {
  std::vector<std::uint8_t> delta;  ///< one bit a byte, the first one set
  std::vector<SeedPair> pairs;
  std::vector<Block> chosen;

  BaseSeeds(std::uint64_t seed, int depth) : delta(delta_bits) {
    Prg random(Block{seed, 77});
    random.fill(delta);
    for (auto& bit : delta) bit &= 1U;
    delta[0] = 1;
    const auto choices = punctured_tree_choices(depth, delta);
    for (std::size_t i = 0; i < delta_bits; ++i) {
      pairs.push_back({random.block(), random.block()});
      chosen.push_back(pairs[i][choices[i]]);
    }
  }
  Block delta_block() const {
    Block block{};
    for (std::size_t i = 0; i < delta_bits; ++i)
      (i < 64 ? block.low : block.high) |= std::uint64_t{delta[i]} << (i % 64);
    return block;
  }
};

/// q = t ⊕ c·Δ in the agreed form, balanced choices.
inline void expect_random_cots(std::span<const Block> q, std::span<const Block> t, Block delta) {
  ASSERT_EQ(q.size(), t.size());
  ASSERT_EQ(choice_of(delta), 1);
  std::size_t ones = 0;
  for (std::size_t i = 0; i < q.size(); ++i) {
    ASSERT_EQ(choice_of(q[i]), 0) << i;
    ASSERT_EQ(q[i], choice_of(t[i]) != 0 ? t[i] ^ delta : t[i]) << i;
    ones += choice_of(t[i]);
  }
  const auto count = static_cast<double>(q.size());
  EXPECT_NEAR(static_cast<double>(ones), count / 2, 5 * std::sqrt(count / 4) + 1);
}

}  // namespace privquant
