#include "ot/ferret.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/parallel_for.h"
#include "ot/correlated_tree.h"
#include "ot/cot_table.h"
#include "ot/lpn_kernels.h"

namespace privquant {
namespace {

// Rows that a message's trees make, for each thread: the peer works on one while this side makes the next.
constexpr std::size_t rows_together = std::size_t{1} << 16;

// A round: what its trees and its code start from. Numbers count through the session, so that no tree's key and no
// row of the code is used twice.
struct Round {
  LpnSet set{};
  CotTable base;  // the secret, then a row for each level of each tree
  std::uint64_t first_tree = 0;
  std::uint64_t first_row = 0;

  std::span<const Block> secret() const { return base.rows().first(set.secret()); }
  std::span<const Block> level_rows(std::size_t tree) const {
    const auto depth = static_cast<std::size_t>(set.tree_depth);
    return base.rows().subspan(set.secret() + tree * depth, depth);
  }
};

// What both sides do; they differ in how a tree grows, and in who sends for it.
class RoundExpander {
 public:
  RoundExpander(Block public_key, unsigned threads) : threads_(threads) {
    std::array<Block, 2> keys;
    expand_seeds({&public_key, 1}, keys.size(), keys);
    tree_key_ = keys[0];
    code_key_ = keys[1];
  }

  // `start`: this party's SoftSpoken, whose rows are handed out as they are, or start the first round.
  template <typename Cots>
  void announce(Channel& channel, Cots& start, std::size_t count) {
    const FerretSchedule::Start rows = schedule_.announce(count);
    if (rows.direct != 0) {
      forget_taken();
      start.extend(channel, rows.direct, spare_);
    }
    if (rows.base == 0) return;
    SecretVector<Block> first;
    start.extend(channel, rows.base, first);
    CotTable base(first.size());
    std::copy(first.begin(), first.end(), base.rows().begin());
    begin_round(std::move(base));
  }

  // Appends `count` rows. grow(round, first tree, trees' leaves) makes consecutive trees.
  template <typename Grow>
  void extend(std::size_t count, SecretVector<Block>& rows, Grow&& grow) {
    for (;;) {
      const std::size_t taken = schedule_.take(count);
      const auto from = spare_.begin() + static_cast<std::ptrdiff_t>(spare_taken_);
      rows.insert(rows.end(), from, from + static_cast<std::ptrdiff_t>(taken));
      spare_taken_ += taken;
      count -= taken;
      if (count == 0) return;
      const std::size_t first_tree = schedule_.first_tree();
      const FerretSchedule::Step step = schedule_.next(count);
      const std::size_t leaves = round_.set.leaves();
      if (step.starts_round) {
        CotTable base(step.trees * leaves);
        grow(round_, first_tree, base.rows());
        begin_round(std::move(base));
        continue;
      }
      // Whole trees grow in place; of the last one a part may be left over.
      const std::size_t whole = std::min(step.trees, count / leaves);
      PQ_CHECK(schedule_.take(whole * leaves) == whole * leaves);
      count -= whole * leaves;
      rows.resize(rows.size() + whole * leaves);
      grow(round_, first_tree, std::span(rows).last(whole * leaves));
      if (whole == step.trees) continue;
      spare_.resize(leaves);
      spare_taken_ = 0;
      grow(round_, first_tree + whole, std::span(spare_));
    }
  }

  // Messages for as many trees at a time.
  std::size_t trees_together() const {
    return std::max<std::size_t>(1, rows_together * threads_ / round_.set.leaves());
  }
  // Calls tree(number, its leaves) for consecutive trees, on all threads, and applies the code to their leaves.
  template <typename Tree>
  void for_each_tree(const Round& round, std::size_t first_tree, std::span<Block> leaves, Tree&& tree) const {
    const std::size_t size = round.set.leaves();
    parallel_for(
        leaves.size() / size, std::max<std::size_t>(1, rows_together / 4 / size),
        [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) {
            const auto own = leaves.subspan(i * size, size);
            tree(first_tree + i, own);
            add_code_words(code_key_, round.first_row + (first_tree + i) * size, round.secret(), own);
          }
        },
        threads_);
  }
  Block key_of(const Round& round, std::size_t tree) const {
    return {tree_key_.low ^ (round.first_tree + tree), tree_key_.high};
  }

 private:
  void begin_round(CotTable base) {
    round_.first_tree += round_.set.trees;
    round_.first_row += round_.set.trees * round_.set.leaves();
    round_.set = *schedule_.set();
    round_.base = std::move(base);
    PQ_CHECK(round_.base.rows().size() >= round_.set.base_rows());
  }
  void forget_taken() {
    const auto taken = static_cast<std::ptrdiff_t>(spare_taken_);
    std::move(spare_.begin() + taken, spare_.end(), spare_.begin());
    spare_.resize(spare_.size() - spare_taken_);
    spare_taken_ = 0;
  }

  FerretSchedule schedule_;
  Round round_;
  SecretVector<Block> spare_;
  std::size_t spare_taken_ = 0;
  Block tree_key_{};
  Block code_key_{};
  unsigned threads_;
};

class FerretSender final : public RandomCotSender {
 public:
  FerretSender(std::unique_ptr<RandomCotSender> start, Block public_key, Prg& random, unsigned threads)
      : start_(std::move(start)), random_(random), expander_(public_key, threads) {}

  Block delta() const override { return start_->delta(); }

  void announce(Channel& channel, std::size_t count) override { expander_.announce(channel, *start_, count); }

  void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) override {
    expander_.extend(count, rows, [&](const Round& round, std::size_t first_tree, std::span<Block> leaves) {
      grow(channel, round, first_tree, leaves);
    });
  }

 private:
  void grow(Channel& channel, const Round& round, std::size_t first_tree, std::span<Block> leaves) {
    const std::size_t size = round.set.leaves();
    const auto depth = static_cast<std::size_t>(round.set.tree_depth);
    const std::size_t together = expander_.trees_together();
    const Block delta = start_->delta();
    SecretVector<Block> seeds;
    std::vector<Block> corrections;
    for (std::size_t done = 0; done * size < leaves.size(); done += together) {
      const auto part = leaves.subspan(done * size, std::min(together * size, leaves.size() - done * size));
      seeds.resize(part.size() / size);
      random_.fill(as_mutable_bytes(seeds));
      corrections.resize(seeds.size() * depth);
      expander_.for_each_tree(round, first_tree + done, part, [&](std::size_t tree, std::span<Block> own) {
        const std::size_t at = tree - first_tree - done;
        const auto sums = std::span(corrections).subspan(at * depth, depth);
        grow_tree(expander_.key_of(round, tree), round.set.tree_depth, delta, seeds[at], own, sums);
        const auto masks = round.level_rows(tree);
        for (std::size_t level = 0; level < depth; ++level) sums[level] ^= masks[level];
      });
      channel.send(as_bytes(corrections));
      channel.flush();
    }
  }

  std::unique_ptr<RandomCotSender> start_;
  Prg& random_;
  RoundExpander expander_;
};

class FerretReceiver final : public RandomCotReceiver {
 public:
  FerretReceiver(std::unique_ptr<RandomCotReceiver> start, Block public_key, unsigned threads)
      : start_(std::move(start)), expander_(public_key, threads) {}

  void announce(Channel& channel, std::size_t count) override { expander_.announce(channel, *start_, count); }

  void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) override {
    expander_.extend(count, rows, [&](const Round& round, std::size_t first_tree, std::span<Block> leaves) {
      grow(channel, round, first_tree, leaves);
    });
  }

 private:
  void grow(Channel& channel, const Round& round, std::size_t first_tree, std::span<Block> leaves) {
    const std::size_t size = round.set.leaves();
    const auto depth = static_cast<std::size_t>(round.set.tree_depth);
    const std::size_t together = expander_.trees_together();
    std::vector<Block> corrections;
    for (std::size_t done = 0; done * size < leaves.size(); done += together) {
      const auto part = leaves.subspan(done * size, std::min(together * size, leaves.size() - done * size));
      corrections.resize(part.size() / size * depth);
      channel.receive(as_mutable_bytes(corrections));
      expander_.for_each_tree(round, first_tree + done, part, [&](std::size_t tree, std::span<Block> own) {
        const auto received =
            std::span<const Block>(corrections).subspan((tree - first_tree - done) * depth, depth);
        grow_one(round, tree, received, own);
      });
    }
  }

  void grow_one(const Round& round, std::size_t tree, std::span<const Block> received,
                std::span<Block> leaves) const {
    std::array<Block, max_tree_depth> sums;
    std::array<std::uint8_t, max_tree_depth> choices;
    const auto masks = round.level_rows(tree);
    PQ_CHECK(masks.size() <= sums.size());
    for (std::size_t level = 0; level < masks.size(); ++level) {
      choices[level] = choice_of(masks[level]);
      sums[level] = received[level] ^ masks[level];
    }
    grow_punctured_tree(expander_.key_of(round, tree), round.set.tree_depth,
                        std::span(choices).first(masks.size()), std::span(sums).first(masks.size()), leaves);
    wipe(sums.data(), sizeof sums);
    wipe(choices.data(), sizeof choices);
  }

  std::unique_ptr<RandomCotReceiver> start_;
  RoundExpander expander_;
};

}  // namespace

std::unique_ptr<RandomCotSender> make_ferret_sender(std::unique_ptr<RandomCotSender> start, Block public_key,
                                                    Prg& random, unsigned threads) {
  return std::make_unique<FerretSender>(std::move(start), public_key, random, threads);
}

std::unique_ptr<RandomCotReceiver> make_ferret_receiver(std::unique_ptr<RandomCotReceiver> start,
                                                        Block public_key, unsigned threads) {
  return std::make_unique<FerretReceiver>(std::move(start), public_key, threads);
}

}  // namespace privquant
