#include "ot/softspoken.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/parallel_for.h"
#include "ot/bit_transpose.h"
#include "ot/column_kernels.h"
#include "ot/punctured_trees.h"
#include "ot/softspoken_kernels.h"

namespace privquant {
namespace {

constexpr std::size_t chunk_bytes = 1024;  // of one column: 8192 COTs; 128 columns fit the second-level cache
constexpr std::size_t chunk_cots = 8 * chunk_bytes;
constexpr std::size_t chunks_together = 16;  // a thread: enough work to be worth starting it

constexpr std::size_t wire_bytes_of(std::size_t count) { return 16 * ceil_div(count, 128); }
constexpr std::size_t stream_bytes_of(std::size_t count) { return 64 * ceil_div(count, 512); }

// What both sides do with the 128 columns of chunks of COTs.
class ColumnExpander {
 public:
  ColumnExpander(int depth, unsigned first_leaf, std::span<const Block> leaves, unsigned threads)
      : depth_(static_cast<std::size_t>(depth)),
        first_leaf_(first_leaf),
        round_keys_(expand_leaf_keys(leaves)),
        threads_(threads) {}

  std::size_t groups() const { return delta_bits / depth_; }
  std::size_t depth() const { return depth_; }
  unsigned threads() const { return threads_; }

  // Columns of the group at `stream` blocks from the start.
  void sum(std::size_t group, std::uint64_t stream, std::size_t bytes, std::uint8_t* columns,
           std::uint8_t* sum) const {
    sum_leaf_streams(round_keys_.data() + (11 * group << depth_), static_cast<int>(depth_), first_leaf_,
                     stream, bytes, bytes, columns, sum);
  }

  // Rows of a chunk from its columns, `bytes` apart.
  static void write_rows(const std::uint8_t* columns, std::size_t bytes, std::span<Block> rows) {
    if (rows.size() == 8 * bytes) return transpose_128(columns, bytes, rows.data());
    SecretVector<Block> transposed(8 * bytes);
    transpose_128(columns, bytes, transposed.data());
    std::copy_n(transposed.begin(), rows.size(), rows.begin());
  }

  // Calls chunk(rows, blocks from the start of all streams, corrections of the chunk) for every chunk of `rows`,
  // several at a time where there are threads; `before` and `after` see the corrections of those.
  template <typename Before, typename Chunk, typename After>
  void for_each_chunk(std::span<Block> rows, Before&& before, Chunk&& chunk, After&& after) {
    const std::size_t together = threads_ == 1 ? 1 : chunks_together * threads_;
    WireBuffer corrections;
    for (std::size_t done = 0; done < rows.size(); done += together * chunk_cots) {
      const auto part = rows.subspan(done, std::min(together * chunk_cots, rows.size() - done));
      const std::size_t chunks = ceil_div(part.size(), chunk_cots);
      const auto wire_bytes = [&](std::size_t count) { return (groups() - 1) * wire_bytes_of(count); };
      corrections.resize((chunks - 1) * wire_bytes(chunk_cots) +
                         wire_bytes(part.size() - (chunks - 1) * chunk_cots));
      before(corrections);
      parallel_for(
          chunks, chunks_together / 2,
          [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
              chunk(part.subspan(i * chunk_cots, std::min(chunk_cots, part.size() - i * chunk_cots)),
                    stream_ + i * (chunk_bytes / sizeof(Block)), &corrections[i * wire_bytes(chunk_cots)]);
            }
          },
          threads_);
      stream_ += ((chunks - 1) * chunk_bytes + stream_bytes_of(part.size() - (chunks - 1) * chunk_cots)) /
                 sizeof(Block);
      after(corrections);
    }
  }

 private:
  std::size_t depth_;
  unsigned first_leaf_;
  SecretVector<Block> round_keys_;
  unsigned threads_;
  std::uint64_t stream_ = 0;  // blocks drawn of every leaf's stream
};

std::span<Block> appended(SecretVector<Block>& rows, std::size_t count) {
  rows.resize(rows.size() + count);
  return std::span(rows).last(count);
}

class SoftSpokenSender final : public RandomCotSender {
 public:
  SoftSpokenSender(Channel& channel, int depth, std::span<const Block> seeds,
                   std::span<const std::uint8_t> delta, unsigned threads)
      : selected_(delta.begin(), delta.end()),
        expander_(depth, 1, receive_trees(channel, depth, seeds, delta), threads) {
    PQ_CHECK(delta.size() == delta_bits && delta[0] == 1);
    for (std::size_t i = 0; i < delta_bits; ++i)
      (i < 64 ? delta_.low : delta_.high) |= std::uint64_t{selected_[i]} << (i % 64);
  }
  ~SoftSpokenSender() override { wipe(&delta_, sizeof delta_); }
  SoftSpokenSender(const SoftSpokenSender&) = delete;
  SoftSpokenSender& operator=(const SoftSpokenSender&) = delete;

  Block delta() const override { return delta_; }
  void announce(Channel&, std::size_t) override {}

  void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) override {
    expander_.for_each_chunk(
        appended(rows, count), [&](WireBuffer& corrections) { channel.receive(corrections); },
        [&](std::span<Block> out, std::uint64_t stream, const std::uint8_t* corrections) {
          write_chunk(out, stream, corrections);
        },
        [](const WireBuffer&) {});
  }

 private:
  void write_chunk(std::span<Block> out, std::uint64_t stream, const std::uint8_t* corrections) const {
    const std::size_t bytes = stream_bytes_of(out.size());
    const std::size_t wire_bytes = wire_bytes_of(out.size());
    const std::size_t depth = expander_.depth();
    SecretVector<std::uint8_t> columns(delta_bits * bytes);
    for (std::size_t group = 0; group < expander_.groups(); ++group) {
      std::uint8_t* own = &columns[group * depth * bytes];
      expander_.sum(group, stream, bytes, own, nullptr);
      if (group == 0) continue;
      for (std::size_t j = 0; j < depth; ++j) {
        xor_selected(own + j * bytes, corrections + (group - 1) * wire_bytes,
                     selected_[group * depth + j] != 0, wire_bytes);
      }
    }
    std::fill_n(columns.begin(), bytes, std::uint8_t{0});
    ColumnExpander::write_rows(columns.data(), bytes, out);
  }

  SecretVector<std::uint8_t> selected_;
  Block delta_{};
  ColumnExpander expander_;
};

class SoftSpokenReceiver final : public RandomCotReceiver {
 public:
  SoftSpokenReceiver(Channel& channel, int depth, std::span<const SeedPair> seeds, unsigned threads)
      : expander_(depth, 0, deal_trees(channel, depth, seeds), threads) {}

  void announce(Channel&, std::size_t) override {}

  void extend(Channel& channel, std::size_t count, SecretVector<Block>& rows) override {
    expander_.for_each_chunk(
        appended(rows, count), [](const WireBuffer&) {},
        [&](std::span<Block> out, std::uint64_t stream, std::uint8_t* corrections) {
          write_chunk(out, stream, corrections);
        },
        [&](const WireBuffer& corrections) { channel.send(corrections); });
    channel.flush();
  }

 private:
  void write_chunk(std::span<Block> out, std::uint64_t stream, std::uint8_t* corrections) const {
    const std::size_t bytes = stream_bytes_of(out.size());
    const std::size_t wire_bytes = wire_bytes_of(out.size());
    SecretVector<std::uint8_t> columns(delta_bits * bytes);
    SecretVector<std::uint8_t> choices(bytes);
    SecretVector<std::uint8_t> sum(bytes);
    for (std::size_t group = 0; group < expander_.groups(); ++group) {
      expander_.sum(group, stream, bytes, &columns[group * expander_.depth() * bytes],
                    group == 0 ? choices.data() : sum.data());
      if (group == 0) continue;
      xor_into(sum.data(), choices.data(), wire_bytes);
      std::copy_n(sum.begin(), wire_bytes, corrections + (group - 1) * wire_bytes);
    }
    std::copy(choices.begin(), choices.end(), columns.begin());
    ColumnExpander::write_rows(columns.data(), bytes, out);
  }

  ColumnExpander expander_;
};

}  // namespace

std::unique_ptr<RandomCotSender> make_softspoken_sender(Channel& channel, int depth,
                                                        std::span<const Block> seeds,
                                                        std::span<const std::uint8_t> delta,
                                                        unsigned threads) {
  return std::make_unique<SoftSpokenSender>(channel, depth, seeds, delta, threads);
}

std::unique_ptr<RandomCotReceiver> make_softspoken_receiver(Channel& channel, int depth,
                                                            std::span<const SeedPair> seeds,
                                                            unsigned threads) {
  return std::make_unique<SoftSpokenReceiver>(channel, depth, seeds, threads);
}

}  // namespace privquant
