#include "ring/pack.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ring/pack.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// A 64-bit lane holds 64/w words of w bits. Folding moves the l-bit values of a lane together in log
// steps, so that the scalar part handles one piece of (64/w)·l bits instead of 64/w values.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Merges neighbouring fields: `field` bits wide in slots of `slot` bits, to 2·field in slots of 2·slot.
template <class D, class V>
HWY_INLINE V fold_once(D d, V lanes, int slot, int field) {
  const auto low_slots = hn::Set(d, ~std::uint64_t{0} / ((std::uint64_t{1} << slot) + 1));
  const auto low = hn::And(lanes, low_slots);
  const auto high = hn::And(hn::ShiftRightSame(lanes, slot), low_slots);
  return hn::Or(low, hn::ShiftLeftSame(high, field));
}

template <class D, class V>
HWY_INLINE V unfold_once(D d, V lanes, int slot, int field) {
  // Slots of 2·slot bits hold 2·field bits; every other bit is zero.
  const auto fields = hn::Set(d, (~std::uint64_t{0} / ((std::uint64_t{1} << slot) + 1)) &
                                     ~(~std::uint64_t{0} / ((std::uint64_t{1} << slot) + 1) << field));
  const auto low = hn::And(lanes, fields);
  const auto high = hn::And(hn::ShiftRightSame(lanes, field), fields);
  return hn::Or(low, hn::ShiftLeftSame(high, slot));
}

void fold(std::uint64_t* lanes, std::size_t count, int word_bits, int bits) {
  const hn::ScalableTag<std::uint64_t> d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto v = hn::Load(d, lanes + i);
    for (int slot = word_bits, field = bits; slot < 64; slot *= 2, field *= 2)
      v = fold_once(d, v, slot, field);
    hn::Store(v, d, lanes + i);
  }
}

void unfold(std::uint64_t* lanes, std::size_t count, int word_bits, int bits) {
  const hn::ScalableTag<std::uint64_t> d;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto v = hn::Load(d, lanes + i);
    for (int slot = 32, field = bits * (32 / word_bits); slot >= word_bits; slot /= 2, field /= 2)
      v = unfold_once(d, v, slot, field);
    hn::Store(v, d, lanes + i);
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(fold);
HWY_EXPORT(unfold);

static_assert(std::endian::native == std::endian::little, "words are folded as little-endian lanes");

constexpr std::size_t lanes_per_block = 512;

// Appends pieces of a fixed number of bits, 1..64, to a little-endian bit string.
class BitWriter {
 public:
  BitWriter(std::uint8_t* out, int bits) : out_(out), bits_(bits) {}
  void append(std::uint64_t piece) {
    buffer_ |= piece << filled_;
    filled_ += bits_;
    if (filled_ >= 64) {
      std::memcpy(out_, &buffer_, 8);
      out_ += 8;
      filled_ -= 64;
      buffer_ = filled_ == 0 ? 0 : piece >> (bits_ - filled_);
    }
  }
  /// Writes what is buffered and one last piece, up to 16 bytes, to `tail` instead.
  void finish_into(std::uint8_t* tail, std::uint64_t piece) {
    out_ = tail;
    append(piece);
    std::memcpy(out_, &buffer_, 8);
  }
  const std::uint8_t* position() const { return out_; }

 private:
  std::uint8_t* out_;
  int bits_;
  int filled_ = 0;
  std::uint64_t buffer_ = 0;
};

// The `bits` bits from bit `at` on; bytes past the end read as zero.
std::uint64_t read_bits(Bytes packed, std::size_t at, int bits) {
  const std::size_t byte = at / 8;
  const int offset = static_cast<int>(at % 8);
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  if (byte + 9 <= packed.size()) {
    std::memcpy(&low, packed.data() + byte, 8);
    high = packed[byte + 8];
  } else if (byte < packed.size()) {
    const std::size_t have = std::min<std::size_t>(8, packed.size() - byte);
    std::memcpy(&low, packed.data() + byte, have);
    if (byte + 8 < packed.size()) high = packed[byte + 8];
  }
  std::uint64_t value = low >> offset;
  if (offset != 0) value |= high << (64 - offset);
  return bits == 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

struct Folding {
  std::size_t values_per_lane;
  int piece_bits;
};

Folding folding_of(Width width) {
  const std::size_t values = 8 / width.word_bytes();
  return {values, static_cast<int>(values) * width.bits()};
}

}  // namespace

void pack(const RingTensor& values, std::size_t begin, std::size_t count, MutableBytes out) {
  const Width width = values.width();
  PQ_CHECK(begin <= values.size() && count <= values.size() - begin);
  PQ_CHECK(out.size() == width.packed_bytes(count));
  const std::size_t word = width.word_bytes();
  const std::uint8_t* in = values.raw().data() + begin * word;
  if (count == 0) return;
  if (width.bits() == static_cast<int>(8 * word)) {
    std::memcpy(out.data(), in, out.size());
    return;
  }
  const auto [per_lane, piece_bits] = folding_of(width);
  // The last lane may be filled in part; its missing values are zero.
  SecretVector<std::uint64_t> block(lanes_per_block);
  const std::size_t lanes = ceil_div(count, per_lane);
  BitWriter writer(out.data(), piece_bits);
  for (std::size_t first = 0; first < lanes; first += lanes_per_block) {
    const std::size_t here = std::min(lanes_per_block, lanes - first);
    const std::size_t bytes = std::min(here * 8, (count - first * per_lane) * word);
    if (here < lanes_per_block) std::fill(block.begin(), block.end(), 0);
    std::memcpy(block.data(), in + first * 8, bytes);
    HWY_DYNAMIC_DISPATCH(fold)(block.data(), lanes_per_block, static_cast<int>(8 * word), width.bits());
    const bool last = first + here == lanes;
    for (std::size_t i = 0; i + 1 < here; ++i) writer.append(block[i]);
    if (!last) {
      writer.append(block[here - 1]);
      continue;
    }
    // The last piece may reach past the end of `out`, so it goes through a small buffer.
    std::array<std::uint8_t, 16> tail{};
    const auto written = static_cast<std::size_t>(writer.position() - out.data());
    writer.finish_into(tail.data(), block[here - 1]);
    std::memcpy(out.data() + written, tail.data(), out.size() - written);
    wipe(tail.data(), tail.size());
  }
}

void unpack(Bytes packed, RingTensor& values, std::size_t begin, std::size_t count) {
  const Width width = values.width();
  PQ_CHECK(begin <= values.size() && count <= values.size() - begin);
  PQ_CHECK(packed.size() == width.packed_bytes(count));
  const std::size_t word = width.word_bytes();
  std::uint8_t* out = values.raw().data() + begin * word;
  if (count == 0) return;
  if (width.bits() == static_cast<int>(8 * word)) {
    std::memcpy(out, packed.data(), packed.size());
    return;
  }
  const auto [per_lane, piece_bits] = folding_of(width);
  SecretVector<std::uint64_t> block(lanes_per_block);
  const std::size_t lanes = ceil_div(count, per_lane);
  for (std::size_t first = 0; first < lanes; first += lanes_per_block) {
    const std::size_t here = std::min(lanes_per_block, lanes - first);
    for (std::size_t i = 0; i < here; ++i)
      block[i] = read_bits(packed, (first + i) * static_cast<std::size_t>(piece_bits), piece_bits);
    HWY_DYNAMIC_DISPATCH(unfold)(block.data(), lanes_per_block, static_cast<int>(8 * word), width.bits());
    std::memcpy(out + first * 8, block.data(), std::min(here * 8, (count - first * per_lane) * word));
  }
}

}  // namespace privquant
#endif  // HWY_ONCE
