#include "ot/correlated_tree.h"

#include "base/bytes.h"
#include "base/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ot/correlated_tree.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

#include "crypto/aes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {

template <std::size_t width>
HWY_INLINE void hash_nodes(const RoundKeys& keys, const AesVector* nodes, AesVector* out) {
  AesVector turned[width];
  for (std::size_t i = 0; i < width; ++i) {
    turned[i] = orthomorphism(nodes[i]);
    out[i] = hn::Xor(turned[i], keys.keys[0]);
  }
  for (int round = 1; round <= 9; ++round) {
    for (std::size_t i = 0; i < width; ++i) out[i] = hn::AESRound(out[i], keys.keys[round]);
  }
  for (std::size_t i = 0; i < width; ++i)
    out[i] = hn::Xor(hn::AESLastRound(out[i], keys.keys[10]), turned[i]);
}

HWY_INLINE Block sum_of_lanes(AesVector v) {
  alignas(64) Block lanes[max_aes_lanes];
  store_blocks(v, lanes);
  for (std::size_t lane = 1; lane < aes_lanes(); ++lane) lanes[0] ^= lanes[lane];
  return lanes[0];
}

struct Sums {
  Block left;
  Block right;
};

// Child b of node i lies in place i + b · parents, so a level grows in place, from the front. Children keep the
// bits of `mask`.
template <std::size_t width>
HWY_INLINE std::size_t grow_nodes(const RoundKeys& keys, Block* nodes, std::size_t done, std::size_t parents,
                                  AesVector mask, AesVector& left_sum, AesVector& right_sum) {
  const std::size_t lanes = aes_lanes();
  for (; done + width * lanes <= parents; done += width * lanes) {
    AesVector parent[width];
    AesVector left[width];
    for (std::size_t i = 0; i < width; ++i) parent[i] = load_blocks(nodes + done + i * lanes);
    hash_nodes<width>(keys, parent, left);
    for (std::size_t i = 0; i < width; ++i) {
      const auto right = hn::And(hn::Xor(parent[i], left[i]), mask);
      left[i] = hn::And(left[i], mask);
      left_sum = hn::Xor(left_sum, left[i]);
      right_sum = hn::Xor(right_sum, right);
      store_blocks(left[i], nodes + done + i * lanes);
      store_blocks(right, nodes + parents + done + i * lanes);
    }
  }
  return done;
}

HWY_INLINE Sums grow_level(const RoundKeys& keys, Block* nodes, std::size_t parents, Block mask) {
  if (parents < aes_lanes()) {  // the first levels
    alignas(64) Block some[max_aes_lanes] = {};
    alignas(64) Block left[max_aes_lanes];
    for (std::size_t i = 0; i < parents; ++i) some[i] = nodes[i];
    const AesVector parent = load_blocks(some);
    AesVector hashed;
    hash_nodes<1>(keys, &parent, &hashed);
    store_blocks(hashed, left);
    Sums sums{};
    for (std::size_t i = 0; i < parents; ++i) {
      nodes[i] = left[i] & mask;
      nodes[parents + i] = (some[i] ^ left[i]) & mask;
      sums.left ^= nodes[i];
      sums.right ^= nodes[parents + i];
    }
    return sums;
  }
  const auto kept = broadcast_block(&mask);
  auto left_sum = hn::Zero(AesTag());
  auto right_sum = hn::Zero(AesTag());
  const std::size_t done = grow_nodes<4>(keys, nodes, 0, parents, kept, left_sum, right_sum);
  grow_nodes<1>(keys, nodes, done, parents, kept, left_sum, right_sum);
  return {sum_of_lanes(left_sum), sum_of_lanes(right_sum)};
}

constexpr Block all_bits{~std::uint64_t{0}, ~std::uint64_t{0}};
constexpr Block even{~std::uint64_t{1}, ~std::uint64_t{0}};

void grow(Block key, int depth, Block delta, Block seed, Block* nodes, Block* left_sums) {
  const RoundKeys keys(broadcast_block(&key));
  nodes[0] = seed;
  nodes[1] = seed ^ delta;
  left_sums[0] = seed;
  for (int level = 1; level < depth; ++level)
    left_sums[level] =
        grow_level(keys, nodes, std::size_t{1} << level, level + 1 == depth ? even : all_bits).left;
}

// nodes[place] ^= difference, by reading and writing all of them.
HWY_INLINE void xor_one(Block* nodes, std::size_t count, std::size_t place, Block difference) {
  const AesTag d;
  const hn::Repartition<std::uint64_t, AesTag> d64;
  const std::size_t lanes = aes_lanes();
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t mask = 0 - std::uint64_t{i == place};
      nodes[i] ^= difference & Block{mask, mask};
    }
    return;
  }
  const auto value = hn::BitCast(d64, broadcast_block(&difference));
  const auto wanted = hn::Set(d64, place);
  auto index = hn::ShiftRight<1>(hn::Iota(d64, 0));
  const auto step = hn::Set(d64, lanes);
  for (std::size_t at = 0; at < count; at += lanes) {
    const auto taken = hn::IfThenElseZero(hn::Eq(index, wanted), value);
    store_blocks(hn::Xor(load_blocks(nodes + at), hn::BitCast(d, taken)), nodes + at);
    index = hn::Add(index, step);
  }
}

void grow_punctured(Block key, int depth, const std::uint8_t* choices, const Block* sums, Block* nodes) {
  const RoundKeys keys(broadcast_block(&key));
  // All nodes on the way to α are zero here, so their children are the hash of zero, both.
  const AesVector zero = hn::Zero(AesTag());
  AesVector hashed_zero;
  hash_nodes<1>(keys, &zero, &hashed_zero);
  alignas(64) Block lanes[max_aes_lanes];
  store_blocks(hashed_zero, lanes);

  const auto first = 0 - std::uint64_t{choices[0]};
  nodes[1] = sums[0] & Block{first, first};
  nodes[0] = sums[0] ^ nodes[1];
  std::size_t path = choices[0] ^ 1U;
  for (int level = 1; level < depth; ++level) {
    const bool last = level + 1 == depth;
    const Block mask = last ? even : all_bits;
    const Block junk = lanes[0] & mask;
    const std::size_t parents = std::size_t{1} << level;
    const Sums grown = grow_level(keys, nodes, parents, mask);
    const auto right = 0 - std::uint64_t{choices[level]};
    const Block known = grown.left ^ ((grown.left ^ grown.right) & Block{right, right}) ^ junk;
    const Block sibling = (known ^ sums[level]) & mask;
    // The last level sums to Δ, of which the lowest bit alone is not cut off.
    const Block missing = last ? grown.left ^ grown.right ^ sibling ^ Block { 1, 0 } : Block{};
    const Block swap = (missing ^ sibling) & Block{right, right};
    xor_one(nodes, parents, path, junk ^ sibling ^ swap);
    xor_one(nodes + parents, parents, path, junk ^ missing ^ swap);
    path += (choices[level] ^ 1U) * parents;
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(grow);
HWY_EXPORT(grow_punctured);

}  // namespace

void grow_tree(Block key, int depth, Block delta, Block seed, std::span<Block> leaves,
               std::span<Block> left_sums) {
  PQ_CHECK(depth >= 2 && depth <= max_tree_depth && leaves.size() == std::size_t{1} << depth);
  PQ_CHECK(left_sums.size() == static_cast<std::size_t>(depth));
  HWY_DYNAMIC_DISPATCH(grow)(key, depth, delta, seed, leaves.data(), left_sums.data());
}

void grow_punctured_tree(Block key, int depth, std::span<const std::uint8_t> choices,
                         std::span<const Block> sums, std::span<Block> leaves) {
  PQ_CHECK(depth >= 2 && depth <= max_tree_depth && leaves.size() == std::size_t{1} << depth);
  PQ_CHECK(choices.size() == static_cast<std::size_t>(depth) && sums.size() == choices.size());
  HWY_DYNAMIC_DISPATCH(grow_punctured)(key, depth, choices.data(), sums.data(), leaves.data());
}

}  // namespace privquant
#endif  // HWY_ONCE
