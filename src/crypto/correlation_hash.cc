#include "crypto/correlation_hash.h"

#include <cstring>

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

// σ(l ‖ r) = (l ⊕ r) ‖ l with l the high half.
HWY_INLINE AesVector orthomorphism(AesVector x) {
  const AesTag d;
  const hn::Repartition<std::uint64_t, AesTag> d64;
  const auto lanes = hn::BitCast(d64, x);
  const auto swapped = hn::Shuffle01(lanes);  // low = l, high = r
  const auto high_only = hn::BitCast(d64, hn::ShiftLeftBytes<8>(hn::ShiftRightBytes<8>(d, x)));
  return hn::BitCast(d, hn::Xor(swapped, high_only));  // low = l, high = r ⊕ l
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

void hash_rows(Block start, std::uint64_t tweak, const Block* rows, std::size_t count, Block* out) {
  const std::size_t lanes = aes_lanes();
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    const auto x = orthomorphism(load_some(rows + first, here, lanes));
    store_some(hn::Xor(encrypt_once(tweaked_keys(start, tweak + first), x), x), out + first, here, lanes);
  }
}

void hash_row_pairs(Block start, std::uint64_t tweak, const Block* rows, std::size_t count, Block delta,
                    Block* out0, Block* out1) {
  const std::size_t lanes = aes_lanes();
  const auto offset = broadcast_block(&delta);
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    const RoundKeys keys(tweaked_keys(start, tweak + first));
    const auto row = load_some(rows + first, here, lanes);
    const auto x0 = orthomorphism(row);
    const auto x1 = orthomorphism(hn::Xor(row, offset));
    store_some(hn::Xor(keys.encrypt(x0), x0), out0 + first, here, lanes);
    store_some(hn::Xor(keys.encrypt(x1), x1), out1 + first, here, lanes);
  }
}

// `shared` values per low offset: their chained keys are one.
template <std::size_t shared>
void hash_wide_values(Block start, std::uint64_t tweak, const Block* low, const Block* high,
                      std::size_t count, const Block* offsets_low, const Block* offsets_high,
                      std::size_t low_offsets, std::uint64_t* out) {
  const std::size_t lanes = aes_lanes();
  for (std::size_t first = 0; first < count; first += lanes) {
    const std::size_t here = count - first < lanes ? count - first : lanes;
    const RoundKeys keys(tweaked_keys(start, tweak + first));
    const auto row_low = load_some(low + first, here, lanes);
    const auto row_high = load_some(high + first, here, lanes);
    for (std::size_t u = 0; u < low_offsets; ++u) {
      const auto x = hn::Xor(row_low, broadcast_block(offsets_low + u));
      KeySchedule schedule(hn::Xor(keys.encrypt(x), x));
      AesVector y[shared];
      AesVector state[shared];
      for (std::size_t i = 0; i < shared; ++i) {
        y[i] = hn::Xor(row_high, broadcast_block(offsets_high + i * low_offsets + u));
        state[i] = hn::Xor(y[i], schedule.current());
      }
      for (int round = 1; round <= 9; ++round) {
        schedule.next(round);
        for (std::size_t i = 0; i < shared; ++i) state[i] = hn::AESRound(state[i], schedule.current());
      }
      schedule.next(10);
      for (std::size_t i = 0; i < shared; ++i) {
        const auto hashed = hn::Xor(hn::AESLastRound(state[i], schedule.current()), y[i]);
        store_low_halves(hashed, out + (i * low_offsets + u) * count + first, here, lanes);
      }
    }
  }
}

void hash_wide_rows(Block start, std::uint64_t tweak, const Block* low, const Block* high, std::size_t count,
                    const Block* offsets_low, const Block* offsets_high, std::size_t low_offsets, bool paired,
                    std::uint64_t* out) {
  const auto hash = paired ? hash_wide_values<2> : hash_wide_values<1>;
  hash(start, tweak, low, high, count, offsets_low, offsets_high, low_offsets, out);
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(hash_rows);
HWY_EXPORT(hash_row_pairs);
HWY_EXPORT(hash_wide_rows);

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

void CorrelationHash::hash_wide(std::uint64_t tweak, std::span<const Block> low, std::span<const Block> high,
                                std::span<std::uint64_t> out) const {
  const Block none{};
  hash_wide_offsets(tweak, low, high, {&none, 1}, {&none, 1}, out);
}

void CorrelationHash::hash_wide_offsets(std::uint64_t tweak, std::span<const Block> low,
                                        std::span<const Block> high, std::span<const Block> offsets_low,
                                        std::span<const Block> offsets_high,
                                        std::span<std::uint64_t> out) const {
  const bool paired = offsets_high.size() == 2 * offsets_low.size();
  PQ_CHECK(high.size() == low.size() && (paired || offsets_high.size() == offsets_low.size()));
  PQ_CHECK(out.size() == low.size() * offsets_high.size());
  HWY_DYNAMIC_DISPATCH(hash_wide_rows)
  (start_, tweak, low.data(), high.data(), low.size(), offsets_low.data(), offsets_high.data(),
   offsets_low.size(), paired, out.data());
}

}  // namespace privquant
#endif  // HWY_ONCE
