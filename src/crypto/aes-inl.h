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

// Walks the key schedule: starts at the key itself, next() gives the following round key.
class KeySchedule {
 public:
  HWY_INLINE explicit KeySchedule(AesVector key) : key_(key) {}
  HWY_INLINE AesVector current() const { return key_; }
  HWY_INLINE void next(int round) {
    alignas(16) static constexpr std::uint8_t rotated_last_word[16] = {13, 14, 15, 12, 13, 14, 15, 12,
                                                                       13, 14, 15, 12, 13, 14, 15, 12};
    alignas(16) static constexpr std::uint8_t round_constants[10] = {0x01, 0x02, 0x04, 0x08, 0x10,
                                                                     0x20, 0x40, 0x80, 0x1b, 0x36};
    const AesTag d;
    const hn::Repartition<std::uint32_t, AesTag> d32;
    // With four equal columns ShiftRows does nothing, so the last AES round is SubWord.
    const auto word = hn::TableLookupBytes(key_, hn::LoadDup128(d, rotated_last_word));
    const auto constant = hn::BitCast(d, hn::Set(d32, round_constants[round - 1]));
    const auto substituted = hn::AESLastRound(word, constant);
    key_ = hn::Xor(key_, hn::ShiftLeftBytes<4>(key_));
    key_ = hn::Xor(key_, hn::ShiftLeftBytes<8>(key_));
    key_ = hn::Xor(key_, substituted);
  }

 private:
  AesVector key_;
};

// A full key schedule, kept for several encryptions under one key per lane.
struct RoundKeys {
  AesVector keys[11];
  HWY_INLINE explicit RoundKeys(AesVector key) {
    KeySchedule schedule(key);
    keys[0] = key;
    for (int round = 1; round <= 10; ++round) {
      schedule.next(round);
      keys[round] = schedule.current();
    }
  }
  HWY_INLINE AesVector encrypt(AesVector state) const {
    state = hn::Xor(state, keys[0]);
    for (int round = 1; round <= 9; ++round) state = hn::AESRound(state, keys[round]);
    return hn::AESLastRound(state, keys[10]);
  }
};

// One encryption under a key that is used once.
HWY_INLINE AesVector encrypt_once(AesVector key, AesVector state) {
  KeySchedule schedule(key);
  state = hn::Xor(state, key);
  for (int round = 1; round <= 9; ++round) {
    schedule.next(round);
    state = hn::AESRound(state, schedule.current());
  }
  schedule.next(10);
  return hn::AESLastRound(state, schedule.current());
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
