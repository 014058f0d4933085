#include "ot/softspoken.h"

#include <gtest/gtest.h>

#include <cmath>
#include <future>

#include "base/error.h"
#include "net/local_transport.h"
#include "ot/punctured_trees.h"
#include "ot/softspoken_kernels.h"
#include "support/base_seeds.h"
#include "support/every_target.h"

namespace privquant {
namespace {

Block scalar_stream(Block leaf, std::uint64_t counter) {
  Prg prg(leaf);
  Block block = prg.block();
  for (std::uint64_t i = 0; i < counter; ++i) block = prg.block();
  return block;
}

TEST(SoftSpokenKernels, EqualTheirDefinition) {
  on_every_target([] {
    for (const int depth : {2, 4, 8}) {
      Prg random(Block{7, static_cast<std::uint64_t>(depth)});
      SecretVector<Block> leaves(std::size_t{1} << depth);
      for (Block& leaf : leaves) leaf = random.block();
      const SecretVector<Block> keys = expand_leaf_keys(leaves);
      for (const unsigned first : {0U, 1U}) {
        for (const std::size_t bytes : {std::size_t{64}, std::size_t{64} * 7}) {
          const std::uint64_t counter = 3;
          std::vector<Block> columns(static_cast<std::size_t>(depth) * bytes / 16);
          std::vector<Block> sum(bytes / 16);
          sum_leaf_streams(keys.data(), depth, first, counter, bytes, bytes,
                           reinterpret_cast<std::uint8_t*>(columns.data()),
                           reinterpret_cast<std::uint8_t*>(sum.data()));
          for (std::size_t at = 0; at < bytes / 16; at += 5) {
            std::vector<Block> expected(static_cast<std::size_t>(depth));
            Block all{};
            for (std::size_t x = first; x < leaves.size(); ++x) {
              const Block r = scalar_stream(leaves[x], counter + at);
              all ^= r;
              for (std::size_t j = 0; j < expected.size(); ++j) {
                if ((x >> j & 1U) != 0) expected[j] ^= r;
              }
            }
            ASSERT_EQ(sum[at], all);
            for (std::size_t j = 0; j < expected.size(); ++j)
              ASSERT_EQ(columns[j * bytes / 16 + at], expected[j]) << depth << " " << j;
          }
        }
      }
    }
  });
}

TEST(PuncturedTrees, GiveAllLeavesButOne) {
  for (const int depth : {2, 4, 8}) {
    const BaseSeeds base(static_cast<std::uint64_t>(depth), depth);
    auto [a, b] = make_local_channels();
    const auto leaves = deal_trees(*b, depth, base.pairs);
    b->flush();
    EXPECT_EQ(b->meter().total().bytes_sent, punctured_tree_bytes(depth));
    const auto received = receive_trees(*a, depth, base.chosen, base.delta);
    const std::size_t size = std::size_t{1} << depth;
    ASSERT_EQ(leaves.size(), delta_bits / static_cast<std::size_t>(depth) * size);
    for (std::size_t group = 0; group < leaves.size() / size; ++group) {
      std::size_t missing = 0;
      for (int j = 0; j < depth; ++j)
        missing |=
            std::size_t{base.delta[group * static_cast<std::size_t>(depth) + static_cast<std::size_t>(j)]}
            << j;
      for (std::size_t x = 0; x < size; ++x) {
        if (x == missing) {
          EXPECT_FALSE(received[group * size] == leaves[group * size + x]);
        } else {
          ASSERT_EQ(received[group * size + (x ^ missing)], leaves[group * size + x]);
        }
      }
    }
  }
}

TEST(SoftSpoken, CorrelationHoldsForEveryIndex) {
  for (const int depth : {2, 4, 8}) {
    for (const unsigned threads : {1U, 2U}) {
      const BaseSeeds base(static_cast<std::uint64_t>(10 + depth), depth);
      auto [a, b] = make_local_channels();
      auto making = std::async(std::launch::async, [&, &channel = *a] {
        return make_softspoken_sender(channel, depth, base.chosen, base.delta, threads);
      });
      const auto receiver = make_softspoken_receiver(*b, depth, base.pairs, threads);
      b->flush();
      const auto sender = making.get();
      EXPECT_EQ(sender->delta(), base.delta_block());
      for (const std::size_t count :
           {1U, 127U, 128U, 129U, 511U, 512U, 513U, 8191U, 8192U, 8193U, 20000U, 300000U, 3U}) {
        SecretVector<Block> q(5, Block{9, 9});
        SecretVector<Block> t;
        const std::size_t before = b->meter().total().bytes_sent;
        auto sending =
            std::async(std::launch::async, [&, &channel = *a] { sender->extend(channel, count, q); });
        receiver->extend(*b, count, t);
        sending.get();
        EXPECT_EQ(b->meter().total().bytes_sent - before, softspoken_bytes(depth, count));
        EXPECT_EQ(a->meter().total().bytes_sent, 0U);
        ASSERT_EQ(q.size(), 5 + count);
        ASSERT_EQ(t.size(), count);
        EXPECT_EQ(q[4], (Block{9, 9}));
        expect_random_cots(std::span(q).subspan(5), t, sender->delta());
      }
    }
  }
}

// The threads are this side's own business: nothing that they do is seen by the other.
TEST(SoftSpoken, ThreadsDoNotChangeTheWire) {
  std::vector<std::string> digests;
  for (const unsigned threads : {1U, 3U}) {
    const BaseSeeds base(5, 4);
    auto [a, b] = make_local_channels();
    b->trace_sent();
    const auto receiver = make_softspoken_receiver(*b, 4, base.pairs, threads);
    SecretVector<Block> rows;
    receiver->extend(*b, 300001, rows);
    receiver->extend(*b, 70, rows);
    digests.push_back(b->sent_digest());
  }
  EXPECT_EQ(digests[0], digests[1]);
}

TEST(SoftSpoken, SaysThatThePeerClosed) {
  const BaseSeeds base(6, 4);
  auto [a, b] = make_local_channels();
  const auto receiver = make_softspoken_receiver(*b, 4, base.pairs);
  b->send(std::vector<std::uint8_t>(100));
  b->close();
  const auto sender = make_softspoken_sender(*a, 4, base.chosen, base.delta);
  SecretVector<Block> rows;
  EXPECT_THROW(sender->extend(*a, 1000, rows), Error);
}

}  // namespace
}  // namespace privquant
