#include "mpc/maximum.h"

#include <bit>
#include <numeric>

#include "mpc/extend.h"
#include "mpc/multiplex.h"
#include "mpc/public_constant.h"
#include "mpc/relu.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

RingTensor gather(const RingTensor& values, const std::vector<std::size_t>& indices) {
  RingTensor result(values.width(), indices.size());
  for (std::size_t i = 0; i < indices.size(); ++i) result.set(i, values.get(indices[i]));
  return result;
}

RingTensor public_numbers(const Party& party, Width width, const std::vector<std::uint64_t>& numbers) {
  return party.is_server() ? RingTensor::from(width, numbers) : RingTensor::zeros(width, numbers.size());
}

// Elements 0, 2, 4, … and 1, 3, 5, …; a last one without a partner is in neither.
std::pair<RingTensor, RingTensor> even_and_odd(const RingTensor& values) {
  std::vector<std::size_t> even(values.size() / 2);
  std::vector<std::size_t> odd(values.size() / 2);
  for (std::size_t i = 0; i < even.size(); ++i) {
    even[i] = 2 * i;
    odd[i] = 2 * i + 1;
  }
  return {gather(values, even), gather(values, odd)};
}

RingTensor with_last(const RingTensor& winners, const RingTensor& values) {
  if (values.size() % 2 == 0) return winners;
  const RingTensor parts[] = {winners, values.slice(values.size() - 1, 1)};
  return concatenate(parts);
}

void cost_duels(Cost& cost, Width width, const std::vector<Width>& carried, std::size_t count) {
  cost_drelu(cost, width, count);
  cost_multiplex(cost, carried, count);
}

// Compare-exchanges of one layer of a sorting network: the greater of a pair goes to `high`.
struct Exchange {
  std::size_t high;
  std::size_t low;
};
using NetworkLayer = std::vector<Exchange>;

// Layers that sort every block of `block` keys in falling order (Batcher's bitonic sort), and layers that do
// so when every block is bitonic already.
std::vector<NetworkLayer> bitonic_layers(std::size_t keys, std::size_t block, bool blocks_are_bitonic) {
  std::vector<NetworkLayer> layers;
  for (std::size_t size = blocks_are_bitonic ? block : 2; size <= block; size *= 2) {
    for (std::size_t stride = size / 2; stride > 0; stride /= 2) {
      NetworkLayer layer;
      for (std::size_t i = 0; i < keys; ++i) {
        const std::size_t partner = i ^ stride;
        if (partner < i) continue;
        const bool falling = size == block || (i & size) == 0;
        layer.push_back(falling ? Exchange{i, partner} : Exchange{partner, i});
      }
      layers.push_back(std::move(layer));
    }
  }
  return layers;
}

// ⟨max⟩ of pairs.
RingTensor greater(Party& party, const RingTensor& x, const RingTensor& y) {
  const RingTensor difference = subtract(x, y);
  return add(y, multiplex(party, drelu(party, difference), difference));
}

void run_layer(Party& party, const NetworkLayer& layer, RingTensor& keys) {
  std::vector<std::size_t> high(layer.size());
  std::vector<std::size_t> low(layer.size());
  for (std::size_t i = 0; i < layer.size(); ++i) {
    high[i] = layer[i].high;
    low[i] = layer[i].low;
  }
  const RingTensor x = gather(keys, high);
  const RingTensor y = gather(keys, low);
  const RingTensor winners = greater(party, x, y);
  const RingTensor losers = subtract(add(x, y), winners);
  for (std::size_t i = 0; i < layer.size(); ++i) {
    keys.set(high[i], winners.get(i));
    keys.set(low[i], losers.get(i));
  }
}

// top_k works on blocks of a power of two; its keys are value · 2^b + (2^b − 1 − index), so that no two are
// equal.
struct TopKShape {
  std::size_t block;
  std::size_t blocks;
  Width index_bits;
  Width key_width;

  TopKShape(Width width, std::size_t count, std::size_t k)
      : block(std::bit_ceil(k)),
        blocks(ceil_div(count, block)),
        index_bits(top_k_index_width(count, k)),
        key_width(width.bits() + index_bits.bits()) {}
  std::size_t keys() const { return block * blocks; }
};

}  // namespace

Width index_width(std::size_t count) {
  return Width(std::max(1, static_cast<int>(std::bit_width(count - 1))));
}

Width top_k_index_width(std::size_t count, std::size_t k) {
  return index_width(ceil_div(count, std::bit_ceil(k)) * std::bit_ceil(k));
}

RingTensor maximum(Party& party, std::vector<RingTensor> candidates) {
  PQ_CHECK(!candidates.empty());
  while (candidates.size() > 1) {
    std::vector<RingTensor> left;
    std::vector<RingTensor> right;
    for (std::size_t i = 0; i + 1 < candidates.size(); i += 2) {
      left.push_back(std::move(candidates[i]));
      right.push_back(std::move(candidates[i + 1]));
    }
    const std::size_t count = left[0].size();
    const RingTensor winners = greater(party, concatenate(left), concatenate(right));
    std::vector<RingTensor> next;
    for (std::size_t i = 0; i < left.size(); ++i) next.push_back(winners.slice(i * count, count));
    if (candidates.size() % 2 == 1) next.push_back(std::move(candidates.back()));
    candidates = std::move(next);
  }
  return std::move(candidates[0]);
}

void cost_maximum(Cost& cost, Width width, std::size_t candidates, std::size_t count) {
  for (; candidates > 1; candidates = ceil_div(candidates, 2))
    cost_duels(cost, width, {width}, candidates / 2 * count);
}

RingTensor argmax(Party& party, const RingTensor& values) {
  PQ_CHECK(!values.empty());
  std::vector<std::uint64_t> numbers(values.size());
  std::iota(numbers.begin(), numbers.end(), std::uint64_t{0});
  RingTensor best = values;
  RingTensor index = public_numbers(party, index_width(values.size()), numbers);
  while (best.size() > 1) {
    const auto [left, right] = even_and_odd(best);
    const auto [left_index, right_index] = even_and_odd(index);
    // On a tie the left one, the first, wins.
    const RingTensor left_wins = drelu(party, subtract(left, right));
    const auto winners = select(party, left_wins, {left, left_index}, {right, right_index});
    best = with_last(winners[0], best);
    index = with_last(winners[1], index);
  }
  return index;
}

void cost_argmax(Cost& cost, Width width, std::size_t count) {
  const Width indices = index_width(count);
  for (; count > 1; count = ceil_div(count, 2)) cost_duels(cost, width, {width, indices}, count / 2);
}

RingTensor top_k(Party& party, const RingTensor& values, std::size_t k) {
  PQ_CHECK(k >= 1 && k <= values.size());
  const TopKShape shape(values.width(), values.size(), k);
  RingTensor keys = shift_left(sign_extend(party, values, shape.key_width), shape.index_bits.bits());
  // Missing candidates carry the least value that leaves room for a difference, and lose every tie.
  const std::uint64_t least = 0 - (shape.key_width.sign_bit() >> 1);
  std::vector<std::uint64_t> ranks(shape.keys());
  for (std::size_t i = 0; i < ranks.size(); ++i)
    ranks[i] = (i < values.size() ? 0 : least) + (shape.index_bits.mask() - i);
  const RingTensor padding[] = {keys, RingTensor::zeros(shape.key_width, shape.keys() - values.size())};
  keys = add(concatenate(padding), public_numbers(party, shape.key_width, ranks));

  for (const NetworkLayer& layer : bitonic_layers(keys.size(), shape.block, false))
    run_layer(party, layer, keys);
  for (std::size_t blocks = shape.blocks; blocks > 1; blocks = ceil_div(blocks, 2)) {
    // The greater of A[i] and B[k − 1 − i] are the k greatest of both, as a bitonic sequence.
    std::vector<std::size_t> a;
    std::vector<std::size_t> b;
    for (std::size_t pair = 0; pair + 1 < blocks; pair += 2) {
      for (std::size_t i = 0; i < shape.block; ++i) {
        a.push_back(pair * shape.block + i);
        b.push_back((pair + 2) * shape.block - 1 - i);
      }
    }
    RingTensor kept = greater(party, gather(keys, a), gather(keys, b));
    for (const NetworkLayer& layer : bitonic_layers(kept.size(), shape.block, true))
      run_layer(party, layer, kept);
    if (blocks % 2 == 1) {
      const RingTensor parts[] = {kept, keys.slice((blocks - 1) * shape.block, shape.block)};
      kept = concatenate(parts);
    }
    keys = std::move(kept);
  }
  // The index is what the low bits of the key lack to 2^b − 1.
  const RingTensor low = convert(keys.slice(0, k), shape.index_bits);
  return add_public(party, negate(low), shape.index_bits.mask());
}

void cost_top_k(Cost& cost, Width width, std::size_t count, std::size_t k) {
  const TopKShape shape(width, count, k);
  cost_extend(cost, width, shape.key_width, count);
  // Every layer of the network exchanges half of the keys with the other half.
  const auto depth = static_cast<std::size_t>(std::countr_zero(shape.block));
  const auto layers = [&](std::size_t keys, bool bitonic) {
    for (std::size_t layer = 0; layer < (bitonic ? depth : depth * (depth + 1) / 2); ++layer)
      cost_duels(cost, shape.key_width, {shape.key_width}, keys / 2);
  };
  layers(shape.keys(), false);
  for (std::size_t blocks = shape.blocks; blocks > 1; blocks = ceil_div(blocks, 2)) {
    const std::size_t kept = blocks / 2 * shape.block;
    cost_duels(cost, shape.key_width, {shape.key_width}, kept);
    layers(kept, true);
  }
}

}  // namespace privquant
