#include "crypto/correlation_hash.h"

#include <cstring>
#include <type_traits>

#include "base/bytes.h"
#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "crypto/correlation_hash.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

#include "crypto/aes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

// The keys S ⊕ i for the tweaks from `tweak` on, one per lane.
HWY_INLINE AesVector tweaked_keys(Block start, std::uint64_t tweak) {
  alignas(64) Block keys[max_aes_lanes];
  for (std::size_t lane = 0; lane < max_aes_lanes; ++lane)
    keys[lane] = {start.low ^ (tweak + lane), start.high};
  return load_blocks(keys);
}

// Up to a vector's worth of blocks; lanes beyond `here` are zero.
HWY_INLINE AesVector load_some(const Block* blocks, std::size_t here, std::size_t lanes) {
  if (here == lanes) return load_blocks(blocks);
  alignas(64) Block buffer[max_aes_lanes] = {};
  std::memcpy(buffer, blocks, here * sizeof(Block));
  return load_blocks(buffer);
}

HWY_INLINE void store_some(AesVector v, Block* blocks, std::size_t here, std::size_t lanes) {
  if (here == lanes) return store_blocks(v, blocks);
  alignas(64) Block buffer[max_aes_lanes];
  store_blocks(v, buffer);
  std::memcpy(blocks, buffer, here * sizeof(Block));
}

HWY_INLINE void store_low_halves(AesVector v, std::uint64_t* out, std::size_t here, std::size_t lanes) {
  if (here == lanes) {
    const hn::Repartition<std::uint64_t, AesTag> d64;
    const auto words = hn::BitCast(d64, v);
    return hn::StoreU(hn::LowerHalf(hn::ConcatEven(d64, words, words)), hn::Half<decltype(d64)>(), out);
  }
  alignas(64) Block buffer[max_aes_lanes];
  store_blocks(v, buffer);
  for (std::size_t lane = 0; lane < here; ++lane) out[lane] = buffer[lane].low;
}

// Encrypts under `keys` keys side by side, which hides the latency of a round; `shared` states under each.
template <std::size_t keys, std::size_t shared>
HWY_INLINE void encrypt_side_by_side(const AesVector (&key)[keys], AesVector (&state)[keys][shared]) {
  AesVector current[keys];
  for (std::size_t k = 0; k < keys; ++k) {
    current[k] = key[k];
    for (std::size_t i = 0; i < shared; ++i) state[k][i] = hn::Xor(state[k][i], current[k]);
  }
  for (int round = 1; round <= 9; ++round) {
    for (std::size_t k = 0; k < keys; ++k) {
      current[k] = next_round_key(current[k], round);
      for (std::size_t i = 0; i < shared; ++i) state[k][i] = hn::AESRound(state[k][i], current[k]);
    }
  }
  for (std::size_t k = 0; k < keys; ++k) {
    current[k] = next_round_key(current[k], 10);
    for (std::size_t i = 0; i < shared; ++i) state[k][i] = hn::AESLastRound(state[k][i], current[k]);
  }
}

// Calls group(number of vectors, first block, blocks per vector): whole vectors, four at a time, while there
// are as many, then one at a time.
template <typename Group>
HWY_INLINE void for_each_group(std::size_t count, Group&& group) {
  constexpr std::size_t vectors = 4;
  const std::size_t lanes = aes_lanes();
  std::size_t first = 0;
  for (; first + vectors * lanes <= count; first += vectors * lanes)
    group(std::integral_constant<std::size_t, vectors>(), first, lanes);
  for (; first < count; first += lanes)
    group(std::integral_constant<std::size_t, 1>(), first, count - first < lanes ? count - first : lanes);
}

// store(hashes of `here` rows, the place of the first, here) is called for each vector.
template <typename Store>
HWY_ATTR void hash_each_row(Block start, std::uint64_t tweak, const Block* rows, std::size_t count,
                            Store store) {
  const std::size_t lanes = aes_lanes();
  for_each_group(count, [=]<std::size_t n>(std::integral_constant<std::size_t, n>, std::size_t first,
                                           std::size_t here) HWY_ATTR {
    AesVector key[n];
    AesVector x[n];
    AesVector state[n][1];
    for (std::size_t k = 0; k < n; ++k) {
      key[k] = tweaked_keys(start, tweak + first + k * lanes);
      x[k] = state[k][0] = orthomorphism(load_some(rows + first + k * lanes, here, lanes));
    }
    encrypt_side_by_side(key, state);
    for (std::size_t k = 0; k < n; ++k) store(hn::Xor(state[k][0], x[k]), first + k * lanes, here);
  });
}

void hash_rows(Block start, std::uint64_t tweak, const Block* rows, std::size_t count, Block* out) {
  const std::size_t lanes = aes_lanes();
  hash_each_row(start, tweak, rows, count, [=](AesVector hashes, std::size_t at, std::size_t here) HWY_ATTR {
    store_some(hashes, out + at, here, lanes);
  });
}

void hash_row_pairs(Block start, std::uint64_t tweak, const Block* rows, std::size_t count, Block delta,
                    Block* out0, Block* out1) {
  const std::size_t lanes = aes_lanes();
  const auto offset = broadcast_block(&delta);
  for_each_group(count, [=]<std::size_t n>(std::integral_constant<std::size_t, n>, std::size_t first,
                                           std::size_t here) HWY_ATTR {
    AesVector key[n];
    AesVector x[n][2];
    AesVector state[n][2];
    for (std::size_t k = 0; k < n; ++k) {
      key[k] = tweaked_keys(start, tweak + first + k * lanes);
      const auto row = load_some(rows + first + k * lanes, here, lanes);
      x[k][0] = state[k][0] = orthomorphism(row);
      x[k][1] = state[k][1] = orthomorphism(hn::Xor(row, offset));
    }
    encrypt_side_by_side(key, state);
    for (std::size_t k = 0; k < n; ++k) {
      store_some(hn::Xor(state[k][0], x[k][0]), out0 + first + k * lanes, here, lanes);
      store_some(hn::Xor(state[k][1], x[k][1]), out1 + first + k * lanes, here, lanes);
    }
  });
}

void hash_row_lows(Block start, std::uint64_t tweak, const Block* rows, std::size_t count,
                   std::uint64_t* out) {
  const std::size_t lanes = aes_lanes();
  hash_each_row(start, tweak, rows, count, [=](AesVector hashes, std::size_t at, std::size_t here) HWY_ATTR {
    store_low_halves(hashes, out + at, here, lanes);
  });
}

void hash_row_offsets(Block start, std::uint64_t tweak, const Block* rows, std::size_t count,
                      const Block* offsets, std::size_t offset_count, std::uint64_t* out) {
  constexpr std::size_t together = 4;
  const std::size_t lanes = aes_lanes();
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    const RoundKeys keys(tweaked_keys(start, tweak + first));
    const auto row = load_some(rows + first, here, lanes);
    for (std::size_t v = 0; v < offset_count; v += together) {
      AesVector x[together];
      AesVector state[together];
      for (std::size_t k = 0; k < together; ++k) {
        x[k] = orthomorphism(hn::Xor(row, broadcast_block(offsets + v + k)));
        state[k] = hn::Xor(x[k], keys.keys[0]);
      }
      for (int round = 1; round <= 9; ++round) {
        for (std::size_t k = 0; k < together; ++k) state[k] = hn::AESRound(state[k], keys.keys[round]);
      }
      for (std::size_t k = 0; k < together; ++k) {
        const auto hashed = hn::Xor(hn::AESLastRound(state[k], keys.keys[10]), x[k]);
        store_low_halves(hashed, out + (v + k) * count + first, here, lanes);
      }
    }
  }
}

void hash_wide_rows(Block start, std::uint64_t tweak, const Block* low, const Block* high, std::size_t count,
                    std::uint64_t* out) {
  const std::size_t lanes = aes_lanes();
  for_each_group(count, [=]<std::size_t n>(std::integral_constant<std::size_t, n>, std::size_t first,
                                           std::size_t here) HWY_ATTR {
    AesVector key[n];
    AesVector x[n];
    AesVector state[n][1];
    for (std::size_t k = 0; k < n; ++k) {
      key[k] = tweaked_keys(start, tweak + first + k * lanes);
      x[k] = state[k][0] = load_some(low + first + k * lanes, here, lanes);
    }
    encrypt_side_by_side(key, state);
    for (std::size_t k = 0; k < n; ++k) {
      key[k] = hn::Xor(state[k][0], x[k]);
      x[k] = state[k][0] = load_some(high + first + k * lanes, here, lanes);
    }
    encrypt_side_by_side(key, state);
    for (std::size_t k = 0; k < n; ++k)
      store_low_halves(hn::Xor(state[k][0], x[k]), out + first + k * lanes, here, lanes);
  });
}

// `shared` values per low offset: their chained keys are one. Low offsets are taken `together` at a time.
template <std::size_t shared, std::size_t together>
void hash_wide_values(Block start, std::uint64_t tweak, const Block* low, const Block* high,
                      std::size_t count, const Block* offsets_low, const Block* offsets_high,
                      std::size_t low_offsets, std::uint64_t* out) {
  const std::size_t lanes = aes_lanes();
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    const RoundKeys first_keys(tweaked_keys(start, tweak + first));
    const auto row_low = load_some(low + first, here, lanes);
    const auto row_high = load_some(high + first, here, lanes);
    for (std::size_t u = 0; u < low_offsets; u += together) {
      AesVector x[together];
      AesVector chained[together];
      for (std::size_t k = 0; k < together; ++k) {
        x[k] = hn::Xor(row_low, broadcast_block(offsets_low + u + k));
        chained[k] = hn::Xor(x[k], first_keys.keys[0]);
      }
      for (int round = 1; round <= 9; ++round) {
        for (std::size_t k = 0; k < together; ++k)
          chained[k] = hn::AESRound(chained[k], first_keys.keys[round]);
      }
      AesVector state[together][shared];
      for (std::size_t k = 0; k < together; ++k) {
        chained[k] = hn::Xor(hn::AESLastRound(chained[k], first_keys.keys[10]), x[k]);
        for (std::size_t i = 0; i < shared; ++i)
          state[k][i] = hn::Xor(row_high, broadcast_block(offsets_high + i * low_offsets + u + k));
      }
      encrypt_side_by_side(chained, state);
      for (std::size_t k = 0; k < together; ++k) {
        for (std::size_t i = 0; i < shared; ++i) {
          const std::size_t v = i * low_offsets + u + k;
          const auto y = hn::Xor(row_high, broadcast_block(offsets_high + v));
          store_low_halves(hn::Xor(state[k][i], y), out + v * count + first, here, lanes);
        }
      }
    }
  }
}

void hash_wide_offsets(Block start, std::uint64_t tweak, const Block* low, const Block* high,
                       std::size_t count, const Block* offsets_low, const Block* offsets_high,
                       std::size_t low_offsets, bool paired, std::uint64_t* out) {
  const auto hash = !paired                ? hash_wide_values<1, 1>
                    : low_offsets % 2 == 0 ? hash_wide_values<2, 2>
                                           : hash_wide_values<2, 1>;
  hash(start, tweak, low, high, count, offsets_low, offsets_high, low_offsets, out);
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(hash_rows);
HWY_EXPORT(hash_row_pairs);
HWY_EXPORT(hash_row_lows);
HWY_EXPORT(hash_row_offsets);
HWY_EXPORT(hash_wide_rows);
HWY_EXPORT(hash_wide_offsets);

}  // namespace

void CorrelationHash::hash(std::uint64_t tweak, std::span<const Block> rows, std::span<Block> out) const {
  PQ_CHECK(out.size() == rows.size());
  HWY_DYNAMIC_DISPATCH(hash_rows)(start_, tweak, rows.data(), rows.size(), out.data());
}

void CorrelationHash::hash_pairs(std::uint64_t tweak, std::span<const Block> rows, Block delta,
                                 std::span<Block> out0, std::span<Block> out1) const {
  PQ_CHECK(out0.size() == rows.size() && out1.size() == rows.size());
  HWY_DYNAMIC_DISPATCH(hash_row_pairs)
  (start_, tweak, rows.data(), rows.size(), delta, out0.data(), out1.data());
}

void CorrelationHash::hash_low(std::uint64_t tweak, std::span<const Block> rows,
                               std::span<std::uint64_t> out) const {
  PQ_CHECK(out.size() == rows.size());
  HWY_DYNAMIC_DISPATCH(hash_row_lows)(start_, tweak, rows.data(), rows.size(), out.data());
}

void CorrelationHash::hash_offsets(std::uint64_t tweak, std::span<const Block> rows,
                                   std::span<const Block> offsets, std::span<std::uint64_t> out) const {
  PQ_CHECK(offsets.size() % 4 == 0 && out.size() == rows.size() * offsets.size());
  HWY_DYNAMIC_DISPATCH(hash_row_offsets)
  (start_, tweak, rows.data(), rows.size(), offsets.data(), offsets.size(), out.data());
}

void CorrelationHash::hash_wide(std::uint64_t tweak, std::span<const Block> low, std::span<const Block> high,
                                std::span<std::uint64_t> out) const {
  PQ_CHECK(high.size() == low.size() && out.size() == low.size());
  HWY_DYNAMIC_DISPATCH(hash_wide_rows)(start_, tweak, low.data(), high.data(), low.size(), out.data());
}

void CorrelationHash::hash_wide_offsets(std::uint64_t tweak, std::span<const Block> low,
                                        std::span<const Block> high, std::span<const Block> offsets_low,
                                        std::span<const Block> offsets_high,
                                        std::span<std::uint64_t> out) const {
  const bool paired = offsets_high.size() == 2 * offsets_low.size();
  PQ_CHECK(high.size() == low.size() && (paired || offsets_high.size() == offsets_low.size()));
  PQ_CHECK(out.size() == low.size() * offsets_high.size());
  HWY_DYNAMIC_DISPATCH(hash_wide_offsets)
  (start_, tweak, low.data(), high.data(), low.size(), offsets_low.data(), offsets_high.data(),
   offsets_low.size(), paired, out.data());
}

}  // namespace privquant
#endif  // HWY_ONCE
