#include "ot/cot_triples.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel_for.h"

namespace privquant {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 15;  // COTs a thread whose rows are there at a time
constexpr std::size_t together = 2048;               // COTs that are hashed at a time

TripleHalf half_of(std::size_t count) {
  return {SecretVector<std::uint8_t>(count), SecretVector<std::uint8_t>(count)};
}

// Makes `count` COTs and calls body(first COT's number, rows) for `together` of them at a time, on all threads.
// begin_thread() makes what a thread needs for itself.
template <typename Cots, typename Begin, typename Body>
void for_each_part(Channel& channel, Cots& cots, std::size_t count, unsigned threads, Begin&& begin_thread,
                   Body&& body) {
  const std::size_t most = chunk * threads;
  SecretVector<Block> rows;
  rows.reserve(std::min(most, count));
  for (std::size_t done = 0; done < count; done += most) {
    rows.clear();
    cots.extend(channel, std::min(most, count - done), rows);
    parallel_for(
        rows.size(), chunk / 4,
        [&](std::size_t begin, std::size_t end) {
          auto own = begin_thread();
          for (std::size_t at = begin; at < end; at += together)
            body(done + at, std::span<const Block>(rows).subspan(at, std::min(together, end - at)), own);
        },
        threads);
  }
}

constexpr std::uint8_t two_bits(std::uint64_t pad) { return static_cast<std::uint8_t>(pad & 3U); }

}  // namespace

TripleHalf send_triple_half(Channel& channel, RandomCotSender& cots, const CorrelationHash& hash,
                            std::uint64_t& tweak, std::size_t count, unsigned threads) {
  struct Pads {
    SecretVector<Block> zero = SecretVector<Block>(together);
    SecretVector<Block> one = SecretVector<Block>(together);
  };
  TripleHalf half = half_of(count);
  for_each_part(
      channel, cots, count, threads, [] { return Pads(); },
      [&](std::size_t first, std::span<const Block> rows, Pads& pads) {
        const auto zero = std::span(pads.zero).first(rows.size());
        const auto one = std::span(pads.one).first(rows.size());
        hash.hash_pairs(tweak + first, rows, cots.delta(), zero, one);
        for (std::size_t i = 0; i < rows.size(); ++i) {
          half.factor[first + i] = two_bits(zero[i].low ^ one[i].low);
          half.product[first + i] = two_bits(zero[i].low);
        }
      });
  tweak += count;
  return half;
}

TripleHalf receive_triple_half(Channel& channel, RandomCotReceiver& cots, const CorrelationHash& hash,
                               std::uint64_t& tweak, std::size_t count, unsigned threads) {
  TripleHalf half = half_of(count);
  for_each_part(
      channel, cots, count, threads, [] { return SecretVector<std::uint64_t>(together); },
      [&](std::size_t first, std::span<const Block> rows, SecretVector<std::uint64_t>& pads) {
        hash.hash_low(tweak + first, rows, std::span(pads).first(rows.size()));
        for (std::size_t i = 0; i < rows.size(); ++i) {
          half.factor[first + i] = choice_of(rows[i]);
          half.product[first + i] = two_bits(pads[i]);
        }
      });
  tweak += count;
  return half;
}

std::vector<RingTensor> join_triple_halves(const TripleHalf& sent, const TripleHalf& received,
                                           std::size_t begin, std::size_t count, bool pairs) {
  PQ_CHECK(begin + count <= sent.factor.size() && begin + count <= received.factor.size());
  std::vector<RingTensor> joined(pairs ? 5 : 3, RingTensor(bit_width, count));
  const auto a = joined[0].words<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) a[i] = received.factor[begin + i];
  for (std::size_t j = 0; 2 * j + 2 < joined.size(); ++j) {
    const auto b = joined[2 * j + 1].words<std::uint8_t>();
    const auto c = joined[2 * j + 2].words<std::uint8_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const auto bit = [&](unsigned value) { return static_cast<std::uint8_t>(value >> j & 1U); };
      b[i] = bit(sent.factor[begin + i]);
      c[i] = static_cast<std::uint8_t>(
          (a[i] & b[i]) ^ bit(sent.product[begin + i] ^ static_cast<unsigned>(received.product[begin + i])));
    }
  }
  return joined;
}

}  // namespace privquant
