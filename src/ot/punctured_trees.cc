#include "ot/punctured_trees.h"

#include <array>

#include "base/error.h"

namespace privquant {
namespace {

constexpr Block when(bool condition, Block value) {
  const std::uint64_t mask = 0 - std::uint64_t{condition};
  return {value.low & mask, value.high & mask};
}

// The sums of the left and of the right children.
std::array<Block, 2> sums_of(std::span<const Block> children) {
  std::array<Block, 2> sums{};
  for (std::size_t i = 0; i < children.size(); ++i) sums[i % 2] ^= children[i];
  return sums;
}

// Bit of δ that level `level` of a tree decides: the first one is the leaf index's top bit.
std::size_t bit_at(std::size_t group, std::size_t depth, std::size_t level) {
  return group * depth + (depth - 1 - level);
}

}  // namespace

SecretVector<std::uint8_t> punctured_tree_choices(int depth, std::span<const std::uint8_t> delta) {
  const auto k = static_cast<std::size_t>(depth);
  SecretVector<std::uint8_t> choices(delta.size());
  for (std::size_t i = 0; i < delta.size(); ++i)
    choices[i] = static_cast<std::uint8_t>(delta[bit_at(i / k, k, i % k)] ^ 1U);
  return choices;
}

SecretVector<Block> deal_trees(Channel& channel, int depth, std::span<const SeedPair> seeds) {
  const auto k = static_cast<std::size_t>(depth);
  PQ_CHECK(seeds.size() == delta_bits);
  SecretVector<Block> leaves;
  leaves.reserve(delta_bits / k << k);
  SecretVector<Block> nodes;
  SecretVector<Block> children;
  for (std::size_t group = 0; group < delta_bits / k; ++group) {
    nodes.assign(seeds[group * k].begin(), seeds[group * k].end());
    for (std::size_t level = 1; level < k; ++level) {
      children.resize(2 * nodes.size());
      expand_seeds(nodes, 2, children);
      std::array<Block, 2> masked = sums_of(children);
      for (std::size_t side = 0; side < 2; ++side) masked[side] ^= seeds[group * k + level][side];
      channel.send(as_bytes(masked));
      nodes.swap(children);
    }
    leaves.insert(leaves.end(), nodes.begin(), nodes.end());
  }
  return leaves;
}

SecretVector<Block> receive_trees(Channel& channel, int depth, std::span<const Block> seeds,
                                  std::span<const std::uint8_t> delta) {
  const auto k = static_cast<std::size_t>(depth);
  PQ_CHECK(seeds.size() == delta_bits && delta.size() == delta_bits);
  SecretVector<Block> leaves;
  leaves.reserve(delta_bits / k << k);
  SecretVector<Block> nodes;
  SecretVector<Block> children;
  for (std::size_t group = 0; group < delta_bits / k; ++group) {
    // Node x of a level lies in place x ⊕ (the level's bits of δ), so that the missing node is always the first.
    nodes.assign({Block{}, seeds[group * k]});
    for (std::size_t level = 1; level < k; ++level) {
      children.resize(2 * nodes.size());
      expand_seeds(nodes, 2, children);
      const bool turned = delta[bit_at(group, k, level)] != 0;
      for (std::size_t i = 0; i < children.size(); i += 2) {
        const Block swap = when(turned, children[i] ^ children[i + 1]);
        children[i] ^= swap;
        children[i + 1] ^= swap;
      }
      std::array<Block, 2> masked{};
      channel.receive(as_mutable_bytes(masked));
      // The side that does not lead to the missing leaf is the right one where δ's bit is 0.
      const Block sum = seeds[group * k + level] ^ masked[1] ^ when(turned, masked[0] ^ masked[1]);
      children[0] = {};
      children[1] = {};
      children[1] = sum ^ sums_of(children)[1];
      nodes.swap(children);
    }
    leaves.insert(leaves.end(), nodes.begin(), nodes.end());
  }
  return leaves;
}

}  // namespace privquant
