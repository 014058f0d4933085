// AES-128 on every 128-bit lane of a vector, each lane with a key of its own. FIPS 197.
// Constant time on every target (hardware rounds, or Highway's bit-sliced S-box where there are none).
// For inclusion by Highway foreach_target sources only.

#if defined(PRIVQUANT_CRYPTO_AES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PRIVQUANT_CRYPTO_AES_INL_H_
#undef PRIVQUANT_CRYPTO_AES_INL_H_
#else
#define PRIVQUANT_CRYPTO_AES_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most 512 bits: four blocks at a time.
using AesTag = hn::CappedTag<std::uint8_t, 64>;
using AesVector = hn::Vec<AesTag>;
inline constexpr std::size_t max_aes_lanes = 4;

HWY_INLINE std::size_t aes_lanes() { return hn::Lanes(AesTag()) / 16; }

HWY_INLINE AesVector load_blocks(const void* blocks) {
  return hn::LoadU(AesTag(), static_cast<const std::uint8_t*>(blocks));
}
HWY_INLINE void store_blocks(AesVector v, void* blocks) {
  hn::StoreU(v, AesTag(), static_cast<std::uint8_t*>(blocks));
}
HWY_INLINE AesVector broadcast_block(const void* block) {
  return hn::LoadDup128(AesTag(), static_cast<const std::uint8_t*>(block));
}

// The linear orthomorphism of hashes: σ(l ‖ r) = (l ⊕ r) ‖ l with l the high half.
HWY_INLINE AesVector orthomorphism(AesVector x) {
  const AesTag d;
  const hn::Repartition<std::uint64_t, AesTag> d64;
  const auto lanes = hn::BitCast(d64, x);
  const auto swapped = hn::Shuffle01(lanes);  // low = l, high = r
  const auto high_only = hn::BitCast(d64, hn::ShiftLeftBytes<8>(hn::ShiftRightBytes<8>(d, x)));
  return hn::BitCast(d, hn::Xor(swapped, high_only));  // low = l, high = r ⊕ l
}

// The key schedule, a step at a time: the key of `round` from that of the round before.
HWY_INLINE AesVector next_round_key(AesVector key, int round) {
  alignas(16) static constexpr std::uint8_t rotated_last_word[16] = {13, 14, 15, 12, 13, 14, 15, 12,
                                                                     13, 14, 15, 12, 13, 14, 15, 12};
  alignas(16) static constexpr std::uint8_t round_constants[10] = {0x01, 0x02, 0x04, 0x08, 0x10,
                                                                   0x20, 0x40, 0x80, 0x1b, 0x36};
  const AesTag d;
  const hn::Repartition<std::uint32_t, AesTag> d32;
  // With four equal columns ShiftRows does nothing, so the last AES round is SubWord.
  const auto word = hn::TableLookupBytes(key, hn::LoadDup128(d, rotated_last_word));
  const auto constant = hn::BitCast(d, hn::Set(d32, round_constants[round - 1]));
  const auto substituted = hn::AESLastRound(word, constant);
  key = hn::Xor(key, hn::ShiftLeftBytes<4>(key));
  return hn::Xor(hn::Xor(key, hn::ShiftLeftBytes<8>(key)), substituted);
}

// A full key schedule, kept for several encryptions under one key per lane.
struct RoundKeys {
  AesVector keys[11];
  HWY_INLINE explicit RoundKeys(AesVector key) {
    keys[0] = key;
    for (int round = 1; round <= 10; ++round) keys[round] = next_round_key(keys[round - 1], round);
  }
  HWY_INLINE AesVector encrypt(AesVector state) const {
    state = hn::Xor(state, keys[0]);
    for (int round = 1; round <= 9; ++round) state = hn::AESRound(state, keys[round]);
    return hn::AESLastRound(state, keys[10]);
  }
};

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
