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

void fold(const std::uint8_t* words, std::uint64_t* lanes, std::size_t count, int word_bits, int bits) {
  const hn::CappedTag<std::uint64_t, 8> d;
  const hn::Repartition<std::uint8_t, decltype(d)> bytes;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto v = hn::BitCast(d, hn::LoadU(bytes, words + 8 * i));
    for (int slot = word_bits, field = bits; slot < 64; slot *= 2, field *= 2)
      v = fold_once(d, v, slot, field);
    hn::Store(v, d, lanes + i);
  }
}

void unfold(const std::uint64_t* lanes, std::uint8_t* words, std::size_t count, int word_bits, int bits) {
  const hn::CappedTag<std::uint64_t, 8> d;
  const hn::Repartition<std::uint8_t, decltype(d)> bytes;
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto v = hn::Load(d, lanes + i);
    for (int slot = 32, field = bits * (32 / word_bits); slot >= word_bits; slot /= 2, field /= 2)
      v = unfold_once(d, v, slot, field);
    hn::StoreU(hn::BitCast(bytes, v), bytes, words + 8 * i);
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
constexpr std::size_t max_lanes_per_vector = 8;

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

// Pieces of a multiple of 4 bits, two of which fill whole bytes: stores that overlap need no carry from one
// to the next. Stops where a store would pass the end; returns the number of pieces written, which is even.
std::size_t write_pairs(const std::uint64_t* pieces, std::size_t count, int bits, MutableBytes out) {
  const auto pair_bytes = static_cast<std::size_t>(bits) / 4;
  std::size_t i = 0;
  for (std::uint8_t* at = out.data(); i + 2 <= count && (i / 2) * pair_bytes + 16 <= out.size(); i += 2) {
    const std::uint64_t low = pieces[i] | pieces[i + 1] << bits;
    const std::uint64_t high = pieces[i + 1] >> (64 - bits);
    std::memcpy(at, &low, 8);
    std::memcpy(at + 8, &high, 8);
    at += pair_bytes;
  }
  return i;
}

// As write_pairs, for what is left of a message at its end, or for pieces of any size.
void write_rest(const std::uint64_t* pieces, std::size_t count, int bits, MutableBytes out) {
  if (count == 0) return;
  BitWriter writer(out.data(), bits);
  for (std::size_t i = 0; i + 1 < count; ++i) writer.append(pieces[i]);
  // The last piece may reach past the end of `out`, so it goes through a small buffer.
  std::array<std::uint8_t, 16> tail{};
  const auto written = static_cast<std::size_t>(writer.position() - out.data());
  writer.finish_into(tail.data(), pieces[count - 1]);
  std::memcpy(out.data() + written, tail.data(), out.size() - written);
  wipe(tail.data(), tail.size());
}

// The inverse of write_pairs: stops where a read would pass the end.
std::size_t read_pairs(Bytes packed, int bits, std::uint64_t* pieces, std::size_t count) {
  const auto pair_bytes = static_cast<std::size_t>(bits) / 4;
  const auto second_byte = static_cast<std::size_t>(bits) / 8;
  const int second_offset = bits % 8;  // 0 or 4, so eight bytes hold the piece
  const std::uint64_t mask = ~std::uint64_t{0} >> (64 - bits);
  std::size_t i = 0;
  for (std::size_t at = 0; i + 2 <= count && at + second_byte + 8 <= packed.size(); i += 2) {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::memcpy(&first, packed.data() + at, 8);
    std::memcpy(&second, packed.data() + at + second_byte, 8);
    pieces[i] = first & mask;
    pieces[i + 1] = (second >> second_offset) & mask;
    at += pair_bytes;
  }
  return i;
}

void read_pieces(Bytes packed, int bits, std::uint64_t* pieces, std::size_t count) {
  std::size_t i = bits % 4 == 0 ? read_pairs(packed, bits, pieces, count) : 0;
  for (; i < count; ++i) pieces[i] = read_bits(packed, i * static_cast<std::size_t>(bits), bits);
}

std::size_t whole_vectors(std::size_t lanes) {
  return ceil_div(lanes, max_lanes_per_vector) * max_lanes_per_vector;
}

using LaneBlock = std::array<std::uint64_t, lanes_per_block>;

}  // namespace

void pack_words(Bytes words, std::size_t word_bytes, Width width, MutableBytes out) {
  const std::size_t count = words.size() / word_bytes;
  PQ_CHECK(words.size() == count * word_bytes && width.word_bytes() <= word_bytes);
  PQ_CHECK(out.size() == width.packed_bytes(count));
  if (width.bits() == static_cast<int>(8 * word_bytes)) {
    std::copy(words.begin(), words.end(), out.begin());
    return;
  }
  const int word_bits = static_cast<int>(8 * word_bytes);
  const int piece_bits = static_cast<int>(8 / word_bytes) * width.bits();
  const std::size_t lanes = ceil_div(words.size(), 8);
  alignas(64) LaneBlock block;
  for (std::size_t first = 0; first < lanes; first += lanes_per_block) {
    const std::size_t here = std::min(lanes_per_block, lanes - first);
    const Bytes rest = words.subspan(first * 8);
    if (rest.size() >= lanes_per_block * 8) {
      HWY_DYNAMIC_DISPATCH(fold)(rest.data(), block.data(), lanes_per_block, word_bits, width.bits());
    } else {
      // The last lane may be filled in part; its missing values are zero.
      alignas(64) LaneBlock last;
      std::fill(last.begin() + static_cast<std::ptrdiff_t>(rest.size() / 8),
                last.begin() + static_cast<std::ptrdiff_t>(whole_vectors(here)), 0);
      std::memcpy(last.data(), rest.data(), rest.size());
      HWY_DYNAMIC_DISPATCH(fold)
      (reinterpret_cast<const std::uint8_t*>(last.data()), block.data(), whole_vectors(here), word_bits,
       width.bits());
      wipe(last.data(), here * 8);
    }
    const std::size_t at = first / 8 * static_cast<std::size_t>(piece_bits);
    const std::size_t end =
        first + here == lanes ? out.size() : at + here / 8 * static_cast<std::size_t>(piece_bits);
    const MutableBytes place = out.subspan(at, end - at);
    const std::size_t done =
        piece_bits % 4 == 0 ? write_pairs(block.data(), here, piece_bits, place) : std::size_t{0};
    write_rest(block.data() + done, here - done, piece_bits,
               place.subspan(done * static_cast<std::size_t>(piece_bits) / 8));
  }
  wipe(block.data(), std::min(lanes, lanes_per_block) * 8);
}

void unpack_words(Bytes packed, Width width, std::size_t word_bytes, MutableBytes words) {
  const std::size_t count = words.size() / word_bytes;
  PQ_CHECK(words.size() == count * word_bytes && width.word_bytes() <= word_bytes);
  PQ_CHECK(packed.size() == width.packed_bytes(count));
  if (width.bits() == static_cast<int>(8 * word_bytes)) {
    std::copy(packed.begin(), packed.end(), words.begin());
    return;
  }
  const int word_bits = static_cast<int>(8 * word_bytes);
  const int piece_bits = static_cast<int>(8 / word_bytes) * width.bits();
  const std::size_t lanes = ceil_div(words.size(), 8);
  alignas(64) LaneBlock block;
  for (std::size_t first = 0; first < lanes; first += lanes_per_block) {
    const std::size_t here = std::min(lanes_per_block, lanes - first);
    read_pieces(packed.subspan(first / 8 * static_cast<std::size_t>(piece_bits)), piece_bits, block.data(),
                here);
    const MutableBytes rest = words.subspan(first * 8);
    if (rest.size() >= lanes_per_block * 8) {
      HWY_DYNAMIC_DISPATCH(unfold)(block.data(), rest.data(), lanes_per_block, word_bits, width.bits());
    } else {
      alignas(64) LaneBlock last;
      std::fill(block.begin() + static_cast<std::ptrdiff_t>(here),
                block.begin() + static_cast<std::ptrdiff_t>(whole_vectors(here)), 0);
      HWY_DYNAMIC_DISPATCH(unfold)
      (block.data(), reinterpret_cast<std::uint8_t*>(last.data()), whole_vectors(here), word_bits,
       width.bits());
      std::memcpy(rest.data(), last.data(), rest.size());
      wipe(last.data(), here * 8);
    }
  }
  wipe(block.data(), std::min(lanes, lanes_per_block) * 8);
}

void pack(const RingTensor& values, std::size_t begin, std::size_t count, MutableBytes out) {
  PQ_CHECK(begin <= values.size() && count <= values.size() - begin);
  const std::size_t word = values.width().word_bytes();
  pack_words(values.raw().subspan(begin * word, count * word), word, values.width(), out);
}

void unpack(Bytes packed, RingTensor& values, std::size_t begin, std::size_t count) {
  PQ_CHECK(begin <= values.size() && count <= values.size() - begin);
  const std::size_t word = values.width().word_bytes();
  unpack_words(packed, values.width(), word, values.raw().subspan(begin * word, count * word));
}

}  // namespace privquant
#endif  // HWY_ONCE
