#include "ot/cot_triples.h"

#include <algorithm>

#include "base/error.h"

namespace privquant {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 15;  // COTs whose rows are there at a time

// Calls body(rows) for the rows of `count` COTs.
template <typename Cots, typename Body>
void for_each_chunk(Channel& channel, Cots& cots, std::size_t count, Body&& body) {
  SecretVector<Block> rows;
  rows.reserve(std::min(chunk, count));
  for (std::size_t done = 0; done < count; done += chunk) {
    rows.clear();
    cots.extend(channel, std::min(chunk, count - done), rows);
    body(std::span<const Block>(rows));
  }
}

constexpr std::uint8_t two_bits(std::uint64_t pad) { return static_cast<std::uint8_t>(pad & 3U); }

}  // namespace

TripleHalf send_triple_half(Channel& channel, RandomCotSender& cots, const CorrelationHash& hash,
                            std::uint64_t& tweak, std::size_t count) {
  TripleHalf half;
  half.factor.reserve(count);
  half.product.reserve(count);
  SecretVector<Block> zero;
  SecretVector<Block> one;
  for_each_chunk(channel, cots, count, [&](std::span<const Block> rows) {
    zero.resize(rows.size());
    one.resize(rows.size());
    hash.hash_pairs(tweak, rows, cots.delta(), zero, one);
    tweak += rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      half.factor.push_back(two_bits(zero[i].low ^ one[i].low));
      half.product.push_back(two_bits(zero[i].low));
    }
  });
  return half;
}

TripleHalf receive_triple_half(Channel& channel, RandomCotReceiver& cots, const CorrelationHash& hash,
                               std::uint64_t& tweak, std::size_t count) {
  TripleHalf half;
  half.factor.reserve(count);
  half.product.reserve(count);
  SecretVector<std::uint64_t> pads;
  for_each_chunk(channel, cots, count, [&](std::span<const Block> rows) {
    pads.resize(rows.size());
    hash.hash_low(tweak, rows, pads);
    tweak += rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      half.factor.push_back(choice_of(rows[i]));
      half.product.push_back(two_bits(pads[i]));
    }
  });
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
