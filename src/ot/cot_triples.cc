#include "ot/cot_triples.h"

#include <algorithm>

#include "base/error.h"
#include "base/parallel_for.h"

namespace privquant {
namespace {

constexpr std::size_t chunk = std::size_t{1} << 15;  // COTs a thread whose rows are there at a time

// Calls fill(rows) for the rows of chunks of COTs, so many at a time, then store(columns, at, i) for each: COT i of the chunk
// belongs to place `at` of the columns.
template <typename Cots, typename Fill, typename Store>
void for_each_cot(Channel& channel, Cots& cots, std::span<const TripleColumns> kinds, std::size_t most,
                  Fill&& fill, Store&& store) {
  std::size_t left = 0;
  for (const TripleColumns& columns : kinds) left += columns.a.size();
  SecretVector<Block> rows;
  rows.reserve(std::min(most, left));
  std::size_t i = 0;  // in rows
  for (const TripleColumns& columns : kinds) {
    for (std::size_t at = 0; at < columns.a.size(); ++at) {
      if (i == rows.size()) {
        rows.clear();
        cots.extend(channel, std::min(most, left), rows);
        left -= rows.size();
        fill(std::span<const Block>(rows));
        i = 0;
      }
      store(columns, at, i++);
    }
  }
}

// Calls body(begin, count) for parts of `rows`, on all threads.
template <typename Body>
void for_each_part(std::size_t rows, unsigned threads, Body&& body) {
  parallel_for(
      rows, chunk / 4, [&](std::size_t begin, std::size_t end) { body(begin, end - begin); }, threads);
}

constexpr std::uint8_t bit_of(std::uint64_t pad, std::size_t index) {
  return static_cast<std::uint8_t>(pad >> index & 1U);
}

}  // namespace

void send_triple_half(Channel& channel, RandomCotSender& cots, const CorrelationHash& hash,
                      std::uint64_t& tweak, std::span<const TripleColumns> kinds, unsigned threads) {
  SecretVector<Block> zero;
  SecretVector<Block> one;
  const auto fill = [&](std::span<const Block> rows) {
    zero.resize(rows.size());
    one.resize(rows.size());
    for_each_part(rows.size(), threads, [&](std::size_t begin, std::size_t count) {
      hash.hash_pairs(tweak + begin, rows.subspan(begin, count), cots.delta(),
                      std::span(zero).subspan(begin, count), std::span(one).subspan(begin, count));
    });
    tweak += rows.size();
  };
  for_each_cot(channel, cots, kinds, chunk * threads, fill,
               [&](const TripleColumns& columns, std::size_t at, std::size_t i) {
                 for (std::size_t j = 0; j < 2 && !columns.b[j].empty(); ++j) {
                   columns.b[j][at] = bit_of(zero[i].low ^ one[i].low, j);
                   columns.c[j][at] ^= bit_of(zero[i].low, j);
                 }
               });
}

void receive_triple_half(Channel& channel, RandomCotReceiver& cots, const CorrelationHash& hash,
                         std::uint64_t& tweak, std::span<const TripleColumns> kinds, unsigned threads) {
  SecretVector<std::uint64_t> pads;
  SecretVector<std::uint8_t> choices;
  const auto fill = [&](std::span<const Block> rows) {
    pads.resize(rows.size());
    for_each_part(rows.size(), threads, [&](std::size_t begin, std::size_t count) {
      hash.hash_low(tweak + begin, rows.subspan(begin, count), std::span(pads).subspan(begin, count));
    });
    tweak += rows.size();
    choices.resize(rows.size());
    std::transform(rows.begin(), rows.end(), choices.begin(), choice_of);
  };
  for_each_cot(channel, cots, kinds, chunk * threads, fill,
               [&](const TripleColumns& columns, std::size_t at, std::size_t i) {
                 columns.a[at] = choices[i];
                 for (std::size_t j = 0; j < 2 && !columns.c[j].empty(); ++j)
                   columns.c[j][at] ^= bit_of(pads[i], j);
               });
}

void finish_triples(const TripleColumns& columns) {
  for (std::size_t j = 0; j < 2 && !columns.c[j].empty(); ++j) {
    PQ_CHECK(columns.b[j].size() == columns.a.size() && columns.c[j].size() == columns.a.size());
    for (std::size_t i = 0; i < columns.a.size(); ++i)
      columns.c[j][i] ^= static_cast<std::uint8_t>(columns.a[i] & columns.b[j][i]);
  }
}

}  // namespace privquant
