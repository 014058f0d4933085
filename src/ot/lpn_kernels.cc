#include "ot/lpn_kernels.h"

#include <bit>

#include "base/bytes.h"
#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/lpn_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

#include "crypto/aes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

constexpr std::size_t weight = 10;
constexpr std::size_t batch =
    32;  // rows whose places are drawn at a time: whole blocks, from every vector size
constexpr std::size_t batch_blocks = batch * weight / 4;
constexpr std::size_t together = 4;
static_assert(batch_blocks % (together * max_aes_lanes) == 0);

// Byte offsets into the secret: a word's bits 4 and up, so that one mask makes a place of it.
HWY_INLINE void draw_places(const RoundKeys& keys, std::uint64_t counter, std::uint32_t mask,
                            std::uint32_t* places) {
  const AesTag d;
  const hn::Repartition<std::uint64_t, AesTag> d64;
  const hn::Repartition<std::uint32_t, AesTag> d32;
  const std::size_t lanes = aes_lanes();
  alignas(64) Block first[max_aes_lanes];
  for (std::size_t lane = 0; lane < max_aes_lanes; ++lane) first[lane] = {counter + lane, 0};
  const Block step_block{lanes, 0};
  const auto step = hn::BitCast(d64, broadcast_block(&step_block));
  auto next = hn::BitCast(d64, load_blocks(first));
  const auto kept = hn::BitCast(d, hn::Set(d32, mask));
  for (std::size_t at = 0; at < batch_blocks; at += together * lanes) {
    AesVector state[together];
    for (std::size_t i = 0; i < together; ++i) {
      state[i] = hn::Xor(hn::BitCast(d, next), keys.keys[0]);
      next = hn::Add(next, step);
    }
    for (int round = 1; round <= 9; ++round) {
      for (std::size_t i = 0; i < together; ++i) state[i] = hn::AESRound(state[i], keys.keys[round]);
    }
    for (std::size_t i = 0; i < together; ++i)
      store_blocks(hn::And(hn::AESLastRound(state[i], keys.keys[10]), kept), places + 4 * (at + i * lanes));
  }
}

// Reads ahead into the second-level cache, not the first, which takes fewer misses at a time: half the time of
// a row for a table of 8 MiB, a tenth less for one of 2 MiB. Tables that the second-level cache holds are
// faster without.
constexpr std::size_t read_ahead_from = std::size_t{3} << 19;

HWY_INLINE void read_ahead(const std::uint32_t* places, const std::uint8_t* secret) {
  for (std::size_t i = 0; i < batch * weight; ++i) __builtin_prefetch(secret + places[i], 0, 2);
}

HWY_INLINE void add_row(const std::uint32_t* places, const std::uint8_t* secret, Block* row) {
  const hn::CappedTag<std::uint8_t, 16> d;
  auto* bytes = reinterpret_cast<std::uint8_t*>(row);
  auto sum = hn::LoadU(d, bytes);
  for (std::size_t i = 0; i < weight; ++i) sum = hn::Xor(sum, hn::LoadU(d, secret + places[i]));
  hn::StoreU(sum, d, bytes);
}

void add_words(Block key, std::uint64_t first_row, const Block* secret, std::size_t secret_size, Block* rows,
               std::size_t count) {
  const RoundKeys keys(broadcast_block(&key));
  const auto mask = static_cast<std::uint32_t>((secret_size - 1) * sizeof(Block));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(secret);
  alignas(64) std::uint32_t places[batch * weight];
  for (std::size_t done = 0; done < count; done += batch) {
    draw_places(keys, (first_row + done) / batch * batch_blocks, mask, places);
    if (secret_size * sizeof(Block) >= read_ahead_from) read_ahead(places, bytes);
    const std::size_t here = count - done < batch ? count - done : batch;
    for (std::size_t i = 0; i < here; ++i) add_row(places + i * weight, bytes, rows + done + i);
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(add_words);

}  // namespace

void add_code_words(Block key, std::uint64_t first_row, std::span<const Block> secret,
                    std::span<Block> rows) {
  PQ_CHECK(std::has_single_bit(secret.size()) && secret.size() >= 16 &&
           secret.size() <= std::size_t{1} << 28);
  PQ_CHECK(first_row % 32 == 0);
  HWY_DYNAMIC_DISPATCH(add_words)(key, first_row, secret.data(), secret.size(), rows.data(), rows.size());
}

}  // namespace privquant
#endif  // HWY_ONCE
