#include "ot/ferret.h"

#include <gtest/gtest.h>

#include <future>

#include "base/error.h"
#include "net/local_transport.h"
#include "ot/correlated_tree.h"
#include "ot/cot_table.h"
#include "ot/lpn_kernels.h"
#include "ot/softspoken.h"
#include "support/base_seeds.h"
#include "support/every_target.h"
#include "support/reference_aes.h"

namespace privquant {
namespace {

constexpr Block even{~std::uint64_t{1}, ~std::uint64_t{0}};

std::vector<Block> random_blocks(std::uint64_t seed, std::size_t count) {
  Prg random(Block{seed, 5});
  std::vector<Block> blocks(count);
  for (Block& block : blocks) block = random.block();
  return blocks;
}

// The tree from its definition: AES one block at a time.
Block hash_node(Block key, Block node) {
  const Block turned{node.high, node.low ^ node.high};
  return reference_aes(key, turned) ^ turned;
}

TEST(CorrelatedTree, EqualsItsDefinitionOnEveryTarget) {
  for (const int depth : {2, 3, 4, 7, 10}) {
    const Block key{11, 12};
    const Block seed{13, 14};
    const Block delta{15, 16};
    std::vector<Block> expected{seed, seed ^ delta};
    std::vector<Block> left_sums{seed};
    for (int level = 1; level < depth; ++level) {
      const std::size_t parents = expected.size();
      const Block mask = level + 1 == depth ? even : Block{~std::uint64_t{0}, ~std::uint64_t{0}};
      expected.resize(2 * parents);
      Block sum{};
      for (std::size_t i = 0; i < parents; ++i) {
        const Block left = hash_node(key, expected[i]);
        expected[parents + i] = (expected[i] ^ left) & mask;
        expected[i] = left & mask;
        sum ^= expected[i];
      }
      left_sums.push_back(sum);
    }
    on_every_target([&] {
      std::vector<Block> leaves(expected.size());
      std::vector<Block> sums(static_cast<std::size_t>(depth));
      grow_tree(key, depth, delta, seed, leaves, sums);
      EXPECT_EQ(leaves, expected);
      EXPECT_EQ(sums, left_sums);
    });
  }
}

TEST(CorrelatedTree, ReceiverMissesOneLeaf) {
  on_every_target([] {
    for (const int depth : {2, 3, 5, 10, 13}) {
      const auto levels = static_cast<std::size_t>(depth);
      for (std::size_t alpha = 0; alpha < std::size_t{1} << depth; alpha += depth < 6 ? 1 : 531) {
        const Block key{21, alpha};
        const Block delta{23, 24};
        std::vector<Block> leaves(std::size_t{1} << depth);
        std::vector<Block> sums(levels);
        grow_tree(key, depth, delta, Block{25, 26}, leaves, sums);
        std::vector<std::uint8_t> choices(levels);
        for (std::size_t level = 0; level < levels; ++level) {
          choices[level] = static_cast<std::uint8_t>((alpha >> level & 1U) ^ 1U);
          if (choices[level] != 0) sums[level] ^= delta;
        }
        std::vector<Block> punctured(leaves.size());
        grow_punctured_tree(key, depth, choices, sums, punctured);
        leaves[alpha] ^= Block{delta.low | 1U, delta.high};
        ASSERT_EQ(punctured, leaves) << depth << " " << alpha;
      }
    }
  });
}

TEST(LpnKernels, EqualTheirDefinitionOnEveryTarget) {
  const Block key{31, 32};
  Prg places(key);
  const std::size_t first_row = 64;
  const std::size_t count = 77;
  std::vector<std::uint32_t> words((first_row + count + 3) * 10);
  places.fill({reinterpret_cast<std::uint8_t*>(words.data()), words.size() * sizeof words[0]});
  for (const std::size_t size : {std::size_t{16}, std::size_t{1} << 16}) {
    const auto secret = random_blocks(33, size);
    const auto rows = random_blocks(34, count);
    auto expected = rows;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < 10; ++j)
        expected[i] ^= secret[(words[(first_row + i) * 10 + j] >> 4) & (size - 1)];
    }
    on_every_target([&] {
      auto result = rows;
      add_code_words(key, first_row, secret, result);
      EXPECT_EQ(result, expected);
    });
  }
}

TEST(CotTable, HoldsItsRows) {
  CotTable table(1000);
  ASSERT_EQ(table.rows().size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) table.rows()[i] = Block{i, 0};
  const CotTable moved = std::move(table);
  EXPECT_EQ(moved.rows()[999], (Block{999, 0}));
}

class FerretPair {
 public:
  explicit FerretPair(unsigned sender_threads = 1, unsigned receiver_threads = 1)
      : channels_(make_local_channels()) {
    const BaseSeeds base(40, ferret_softspoken_depth);
    auto receiver = make_softspoken_receiver(*channels_.second, ferret_softspoken_depth, base.pairs);
    channels_.second->flush();
    auto sender = make_softspoken_sender(*channels_.first, ferret_softspoken_depth, base.chosen, base.delta);
    sender_ = make_ferret_sender(std::move(sender), Block{41, 42}, random_, sender_threads);
    receiver_ = make_ferret_receiver(std::move(receiver), Block{41, 42}, receiver_threads);
    for (Channel* channel : {channels_.first.get(), channels_.second.get()}) {
      channel->align_rounds();
      channel->meter().reset();
    }
  }

  // Extends by `parts`, announced together; checks relation and price.
  void extend(const std::vector<std::size_t>& parts) {
    std::size_t count = 0;
    for (const std::size_t part : parts) count += part;
    const FerretWork expected = ferret_work(schedule_, count);
    SecretVector<Block> q;
    SecretVector<Block> t;
    auto sending = std::async(std::launch::async, [&] {
      sender_->announce(*channels_.first, count);
      for (const std::size_t part : parts) sender_->extend(*channels_.first, part, q);
      channels_.first->flush();
    });
    receiver_->announce(*channels_.second, count);
    channels_.second->flush();
    for (const std::size_t part : parts) receiver_->extend(*channels_.second, part, t);
    sending.get();
    const Traffic traffic = channels_.first->meter().total();
    EXPECT_EQ(traffic.bytes_received, expected.receiver_bytes);
    EXPECT_EQ(traffic.bytes_sent, expected.sender_bytes);
    EXPECT_LE(traffic.rounds, 2U);
    for (Channel* channel : {channels_.first.get(), channels_.second.get()}) {
      channel->align_rounds();
      channel->meter().reset();
    }
    ASSERT_EQ(q.size(), count);
    expect_random_cots(q, t, sender_->delta());
  }

 private:
  Prg random_{Block{43, 44}};
  std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> channels_;
  std::unique_ptr<RandomCotSender> sender_;
  std::unique_ptr<RandomCotReceiver> receiver_;
  FerretSchedule schedule_;
};

TEST(Ferret, FewRowsComeFromSoftSpoken) {
  FerretPair pair;
  pair.extend({1});
  pair.extend({127, 2});
  pair.extend({1000});
  pair.extend({0});
}

TEST(Ferret, ManySmallCallsStartARound) {
  FerretPair pair;
  for (int call = 0; call < 4; ++call) pair.extend({30'000});
}

TEST(Ferret, CorrelationHoldsInSmallRounds) {
  FerretPair pair;
  const std::size_t leaves = lpn_small.leaves();
  pair.extend({90'000, leaves - 1, 1, leaves, leaves + 1});
  for (const std::size_t count : {std::size_t{1}, leaves - 1, leaves, leaves + 1, std::size_t{5}})
    pair.extend({count});
  // To the round's end, into a second one, and from it into one of the medium set.
  pair.extend({100'000, 20'000});
}

TEST(Ferret, CorrelationHoldsInMediumRounds) {
  FerretPair pair(1, 2);
  pair.extend({600'000});
  for (const std::size_t count : {lpn_medium.leaves() - 1, lpn_medium.leaves(), lpn_medium.leaves() + 1})
    pair.extend({count});
  // To the round's end, into a second one, and from it into one of the large set.
  pair.extend({900'000});
}

TEST(Ferret, CorrelationHoldsInLargeRounds) {
  FerretPair pair(2, 1);
  pair.extend({1'500'003});
  pair.extend({lpn_large.leaves() - 1});
  pair.extend({2});
  // Into the second large round.
  for (int part = 0; part < 4; ++part) pair.extend({3'600'000});
}

std::size_t total_bytes(FerretSchedule& schedule, std::size_t count) {
  const FerretWork work = ferret_work(schedule, count);
  return work.receiver_bytes + work.sender_bytes;
}

TEST(FerretSchedule, ChoosesByBytes) {
  FerretSchedule few;
  EXPECT_EQ(ferret_work(few, 10'000).sender_bytes, 0U);
  EXPECT_EQ(few.set(), nullptr);
  FerretSchedule some;
  EXPECT_EQ(total_bytes(some, 100'000), 73'440U + 391 * 128);
  EXPECT_EQ(some.set(), &lpn_small);
  FerretSchedule more;
  EXPECT_EQ(total_bytes(more, 1'000'000), 73'440U + 567 * 128 + 977 * 160);
  EXPECT_EQ(more.set(), &lpn_medium);
  FerretSchedule many;
  // Two large rounds end on the way; each keeps 132 trees.
  EXPECT_EQ(total_bytes(many, std::size_t{1} << 25),
            73'440U + 567 * 128 + 1050 * 160 + ((std::size_t{1} << 12) + 2 * 132) * 208);
  EXPECT_EQ(many.set(), &lpn_large);
}

// Not knowing what will be asked for costs little more than twice the bytes of knowing.
TEST(FerretSchedule, ManySmallCallsClimbAsWell) {
  for (const auto& [calls, count] : {std::pair(5000, 200), std::pair(5000, 2000), std::pair(100, 50'000)}) {
    FerretSchedule in_parts;
    std::size_t bytes = 0;
    for (int call = 0; call < calls; ++call) bytes += total_bytes(in_parts, static_cast<std::size_t>(count));
    FerretSchedule at_once;
    EXPECT_LT(static_cast<double>(bytes),
              2.2 * static_cast<double>(total_bytes(at_once, static_cast<std::size_t>(calls * count))));
    EXPECT_EQ(in_parts.set(), at_once.set());
  }
}

TEST(FerretSchedule, FewSmallCallsStartNothing) {
  FerretSchedule schedule;
  for (int call = 0; call < 20; ++call) EXPECT_EQ(ferret_work(schedule, 1000).sender_bytes, 0U);
  EXPECT_EQ(schedule.set(), nullptr);
}

TEST(FerretSchedule, SplittingACallDoesNotChangeItsPrice) {
  for (const std::size_t count : {std::size_t{500}, std::size_t{200'000}, std::size_t{3'000'000}}) {
    FerretSchedule whole;
    const FerretWork expected = ferret_work(whole, count);
    FerretSchedule split;
    const FerretSchedule::Start start = split.announce(count);
    EXPECT_EQ(start.direct + start.base == 0, expected.receiver_bytes == 0);
    std::size_t bytes = 0;
    for (std::size_t left = count; left != 0;) {
      std::size_t part = std::min<std::size_t>(left, 1 + left / 3);
      left -= part;
      while ((part -= split.take(part)) != 0) {
        const LpnSet& set = *split.set();
        bytes += split.next(part).trees * set.tree_bytes();
      }
    }
    EXPECT_EQ(bytes, expected.sender_bytes);
    EXPECT_EQ(split.spare(), whole.spare());
  }
}

TEST(Ferret, SaysThatThePeerClosed) {
  auto [a, b] = make_local_channels();
  const BaseSeeds base(45, ferret_softspoken_depth);
  Prg random(Block{46, 0});
  auto start = make_softspoken_receiver(*b, ferret_softspoken_depth, base.pairs);
  b->flush();
  auto sender = make_ferret_sender(
      make_softspoken_sender(*a, ferret_softspoken_depth, base.chosen, base.delta), Block{}, random);
  auto receiver = make_ferret_receiver(std::move(start), Block{});
  receiver->announce(*b, 300'000);
  b->flush();
  sender->announce(*a, 300'000);
  a->send(std::vector<std::uint8_t>(50));
  a->close();
  SecretVector<Block> rows;
  EXPECT_THROW(receiver->extend(*b, 300'000, rows), Error);
}

}  // namespace
}  // namespace privquant
