#include "ot/bit_transpose.h"

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/bit_transpose.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// Every 128-bit lane of a vector handles a tile of 128 × 128 bits of its own.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ByteTag = hn::CappedTag<std::uint8_t, 64>;
using ByteVector = hn::Vec<ByteTag>;

// One perfect shuffle of 16 vectors; four of them transpose 16 × 16 bytes.
HWY_INLINE void shuffle_bytes(const ByteVector* in, ByteVector* out) {
  const ByteTag d;
  for (int i = 0; i < 8; ++i) {
    out[2 * i] = hn::InterleaveLower(d, in[i], in[i + 8]);
    out[2 * i + 1] = hn::InterleaveUpper(d, in[i], in[i + 8]);
  }
}

template <class V>
HWY_INLINE V swap_bits(V x, V mask, int distance) {
  const auto t = hn::And(hn::Xor(x, hn::ShiftRightSame(x, distance)), mask);
  return hn::Xor(x, hn::Xor(t, hn::ShiftLeftSame(t, distance)));
}

// Transposes the 8 × 8 bits of each 64-bit lane (Warren, Hacker's Delight, section 7-3).
HWY_INLINE ByteVector transpose_8x8(ByteVector v) {
  const ByteTag d;
  const hn::Repartition<std::uint64_t, ByteTag> d64;
  auto x = hn::BitCast(d64, v);
  x = swap_bits(x, hn::Set(d64, std::uint64_t{0x00AA00AA00AA00AA}), 7);
  x = swap_bits(x, hn::Set(d64, std::uint64_t{0x0000CCCC0000CCCC}), 14);
  x = swap_bits(x, hn::Set(d64, std::uint64_t{0x00000000F0F0F0F0}), 28);
  return hn::BitCast(d, x);
}

// One perfect shuffle of 8 vectors of 16-bit lanes; three of them transpose 8 × 8 lanes.
HWY_INLINE void shuffle_pairs(const ByteVector* in, ByteVector* out) {
  const ByteTag d;
  const hn::Repartition<std::uint16_t, ByteTag> d16;
  for (int i = 0; i < 4; ++i) {
    const auto a = hn::BitCast(d16, in[i]);
    const auto b = hn::BitCast(d16, in[i + 4]);
    out[2 * i] = hn::BitCast(d, hn::InterleaveLower(d16, a, b));
    out[2 * i + 1] = hn::BitCast(d, hn::InterleaveUpper(d16, a, b));
  }
}

void transpose_tiles(const std::uint8_t* matrix, std::size_t row_bytes, Block* out) {
  const ByteTag d;
  const std::size_t vector_bytes = hn::Lanes(d);
  const std::size_t tiles = vector_bytes / 16;
  // halves[g][b]: for the 8 outputs 8b … 8b+7, the byte of rows 16g … 16g+7, then of rows 16g+8 … 16g+15.
  alignas(64) std::uint8_t halves[8 * 16 * 64];
  alignas(64) Block lanes[4];
  for (std::size_t at = 0; at < row_bytes; at += vector_bytes) {
    for (std::size_t g = 0; g < 8; ++g) {
      ByteVector a[16];
      ByteVector b[16];
      for (std::size_t row = 0; row < 16; ++row)
        a[row] = hn::LoadU(d, matrix + (16 * g + row) * row_bytes + at);
      shuffle_bytes(a, b);
      shuffle_bytes(b, a);
      shuffle_bytes(a, b);
      shuffle_bytes(b, a);
      for (std::size_t byte = 0; byte < 16; ++byte)
        hn::Store(transpose_8x8(a[byte]), d, halves + (g * 16 + byte) * vector_bytes);
    }
    for (std::size_t byte = 0; byte < 16; ++byte) {
      ByteVector a[8];
      ByteVector b[8];
      for (std::size_t g = 0; g < 8; ++g) {
        const auto v = hn::Load(d, halves + (g * 16 + byte) * vector_bytes);
        a[g] = hn::InterleaveLower(d, v, hn::ShiftRightBytes<8>(d, v));
      }
      shuffle_pairs(a, b);
      shuffle_pairs(b, a);
      shuffle_pairs(a, b);
      for (std::size_t i = 0; i < 8; ++i) {
        hn::Store(b[i], d, reinterpret_cast<std::uint8_t*>(lanes));
        for (std::size_t tile = 0; tile < tiles; ++tile)
          out[8 * at + 128 * tile + 8 * byte + i] = lanes[tile];
      }
    }
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(transpose_tiles);

}  // namespace

void transpose_128(const std::uint8_t* matrix, std::size_t row_bytes, Block* out) {
  PQ_CHECK(row_bytes % 64 == 0);
  HWY_DYNAMIC_DISPATCH(transpose_tiles)(matrix, row_bytes, out);
}

}  // namespace privquant
#endif  // HWY_ONCE
