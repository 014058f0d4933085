#include "ot/softspoken_kernels.h"

#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/softspoken_kernels.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

#include "crypto/aes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

void expand_keys(const Block* leaves, std::size_t count, Block* round_keys) {
  alignas(64) Block lanes[max_aes_lanes];
  for (std::size_t i = 0; i < count; ++i) {
    const RoundKeys keys(broadcast_block(leaves + i));
    for (std::size_t round = 0; round <= 10; ++round) {
      store_blocks(keys.keys[round], lanes);
      round_keys[11 * i + round] = lanes[0];
    }
  }
  wipe(lanes, sizeof lanes);
}

constexpr int max_depth = 8;

// `width` vectors of every stream at one place.
template <std::size_t width>
struct Tile {
  AesVector v[width];
};

template <std::size_t width>
HWY_INLINE void add_to(Tile<width>& to, const Tile<width>& from) {
  for (std::size_t i = 0; i < width; ++i) to.v[i] = hn::Xor(to.v[i], from.v[i]);
}

template <std::size_t width>
HWY_INLINE void leaf_stream(const Block* keys, const Tile<width>& counters, Tile<width>& out) {
  const auto first = broadcast_block(keys);
  for (std::size_t i = 0; i < width; ++i) out.v[i] = hn::Xor(counters.v[i], first);
  for (int round = 1; round <= 9; ++round) {
    const auto key = broadcast_block(keys + round);
    for (std::size_t i = 0; i < width; ++i) out.v[i] = hn::AESRound(out.v[i], key);
  }
  const auto last = broadcast_block(keys + 10);
  for (std::size_t i = 0; i < width; ++i) out.v[i] = hn::AESLastRound(out.v[i], last);
}

// Leaves four at a time; above them, the sum of a left subtree waits for that of its right sibling, whose leaves
// have the level's bit set: two additions a leaf in all.
template <std::size_t width>
HWY_INLINE void sum_tile(const Block* round_keys, int depth, unsigned first_leaf, const Tile<width>& counters,
                         std::size_t stride, std::uint8_t* columns, std::uint8_t* sum) {
  const AesTag d;
  const auto zero = hn::Zero(d);
  Tile<width> column0;
  Tile<width> column1;
  for (std::size_t i = 0; i < width; ++i) column0.v[i] = column1.v[i] = zero;
  Tile<width> column[max_depth];
  Tile<width> waiting[max_depth];
  for (int level = 2; level < depth; ++level) {
    for (std::size_t i = 0; i < width; ++i) column[level].v[i] = zero;
  }
  Tile<width> total;
  for (unsigned four = 0; four < 1U << (depth - 2); ++four) {
    const Block* keys = round_keys + 44 * std::size_t{four};
    Tile<width> leaf;
    if (four == 0 && first_leaf == 1) {
      for (std::size_t i = 0; i < width; ++i) total.v[i] = zero;
    } else {
      leaf_stream(keys, counters, total);
    }
    leaf_stream(keys + 11, counters, leaf);
    add_to(total, leaf);
    add_to(column0, leaf);
    leaf_stream(keys + 22, counters, leaf);
    add_to(total, leaf);
    add_to(column1, leaf);
    leaf_stream(keys + 33, counters, leaf);
    add_to(total, leaf);
    add_to(column0, leaf);
    add_to(column1, leaf);
    int level = 2;
    for (unsigned path = four; (path & 1U) != 0; path >>= 1, ++level) {
      add_to(column[level], total);
      add_to(total, waiting[level]);
    }
    if (level < depth) waiting[level] = total;
  }
  const auto store = [&](const Tile<width>& tile, std::uint8_t* out) HWY_ATTR {
    for (std::size_t i = 0; i < width; ++i) hn::StoreU(tile.v[i], d, out + i * hn::Lanes(d));
  };
  store(column0, columns);
  store(column1, columns + stride);
  for (int level = 2; level < depth; ++level)
    store(column[level], columns + static_cast<std::size_t>(level) * stride);
  if (sum != nullptr) store(total, sum);
}

template <std::size_t width>
HWY_INLINE std::size_t sum_tiles(const Block* round_keys, int depth, unsigned first_leaf,
                                 std::uint64_t counter, std::size_t done, std::size_t bytes,
                                 std::size_t stride, std::uint8_t* columns, std::uint8_t* sum) {
  const std::size_t vector_bytes = hn::Lanes(AesTag());
  alignas(64) Block first[max_aes_lanes];
  for (; done + width * vector_bytes <= bytes; done += width * vector_bytes) {
    Tile<width> counters;
    for (std::size_t i = 0; i < width; ++i) {
      for (std::size_t lane = 0; lane < max_aes_lanes; ++lane)
        first[lane] = {counter + (done + i * vector_bytes) / sizeof(Block) + lane, 0};
      counters.v[i] = load_blocks(first);
    }
    sum_tile(round_keys, depth, first_leaf, counters, stride, columns + done,
             sum == nullptr ? nullptr : sum + done);
  }
  return done;
}

void sum_streams(const Block* round_keys, int depth, unsigned first_leaf, std::uint64_t counter,
                 std::size_t bytes, std::size_t stride, std::uint8_t* columns, std::uint8_t* sum) {
  const std::size_t done =
      sum_tiles<4>(round_keys, depth, first_leaf, counter, 0, bytes, stride, columns, sum);
  sum_tiles<1>(round_keys, depth, first_leaf, counter, done, bytes, stride, columns, sum);
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(expand_keys);
HWY_EXPORT(sum_streams);

}  // namespace

SecretVector<Block> expand_leaf_keys(std::span<const Block> leaves) {
  SecretVector<Block> round_keys(11 * leaves.size());
  HWY_DYNAMIC_DISPATCH(expand_keys)(leaves.data(), leaves.size(), round_keys.data());
  return round_keys;
}

void sum_leaf_streams(const Block* round_keys, int depth, unsigned first_leaf, std::uint64_t counter,
                      std::size_t bytes, std::size_t stride, std::uint8_t* columns, std::uint8_t* sum) {
  PQ_CHECK(depth >= 2 && depth <= 8 && first_leaf <= 1 && bytes % 64 == 0);
  HWY_DYNAMIC_DISPATCH(sum_streams)
  (round_keys, depth, first_leaf, counter, bytes, stride, columns, sum);
}

}  // namespace privquant
#endif  // HWY_ONCE
