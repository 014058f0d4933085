// The local kernels: bytes a second of the PRG, the hash, packing and the bit transpose; COTs a second of
// the parts of
// OT extension.
#include <benchmark/benchmark.h>

#include "crypto/correlation_hash.h"
#include "crypto/prg.h"
#include "lattice/ntt.h"
#include "mpc/lattice_messages.h"
#include "ot/bit_transpose.h"
#include "ot/correlated_tree.h"
#include "ot/cot_table.h"
#include "ot/lpn_kernels.h"
#include "ot/softspoken_kernels.h"
#include "ring/pack.h"

namespace privquant {
namespace {

void prg_fill(benchmark::State& state) {
  Prg prg(Block{1, 2});
  SecretVector<std::uint8_t> out(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    prg.fill(out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(prg_fill)->Arg(1024)->Arg(1 << 16);

// One prime of 50 bits; items are transforms.
void ntt_forward(benchmark::State& state) {
  const Ntt ntt(static_cast<std::size_t>(state.range(0)), lattice_primes(1)[0]);
  SecretVector<double> x(ntt.degree(), 1234567.0);
  for (auto _ : state) {
    ntt.forward(x);
    benchmark::DoNotOptimize(x.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ntt_forward)->Arg(4096)->Arg(8192);

void ntt_inverse(benchmark::State& state) {
  const Ntt ntt(static_cast<std::size_t>(state.range(0)), lattice_primes(1)[0]);
  SecretVector<double> x(ntt.degree(), 1234567.0);
  for (auto _ : state) {
    ntt.inverse(x);
    benchmark::DoNotOptimize(x.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ntt_inverse)->Arg(4096)->Arg(8192);

// Preparation of a layer of ResNet-32 (3×3, as many channels out as in), 14 bits, 4-bit weights:
// question, answer, opening.
LatticeLayer resnet_layer(const benchmark::State& state) {
  const auto channels = static_cast<int>(state.range(0));
  const int side = 512 / channels;
  return {.shape = {channels, side, side, channels, side, side, 1, 3, 3, 1, 1, 1, 1, 1, 1},
          .ring = Width(14),
          .weight_bits = 4,
          .weight_norm = weight_norm_of(14, 0, 15),
          .outputs_log2 = 19};
}

// A picture of side × side in so many channels, 256 outputs, 1×1.
LatticeLayer pointwise_layer(const benchmark::State& state) {
  const auto channels = static_cast<int>(state.range(0));
  const int side = static_cast<int>(state.range(1));
  return {.shape = {channels, side, side, 256, side, side, 1, 1, 1, 1, 1, 1, 1, 0, 0},
          .ring = Width(16),
          .weight_bits = 4,
          .outputs_log2 = 23};
}

template <typename F>
void lattice_layer(benchmark::State& state, const F& make_layer) {
  const LatticeLayer layer = make_layer(state);
  const LatticePlan plan = plan_lattice_layer(layer);
  const LatticeTiles tiles = tiles_of(layer, plan);
  const LatticeRing& ring = LatticeRing::of(plan.set);
  Prg random(Block{1, 2});
  const ClientKey client(ring, random);
  const ServerKeys server(ring, plan.packing, client.publish(plan.packing, random));
  const std::vector<std::int16_t> weights(
      layer.shape.fan_in() * static_cast<std::size_t>(layer.shape.out_channels), 3);
  for (auto _ : state) {
    const LatticeQuestion question = ask_question(client, layer, plan, tiles, random);
    const LatticeAnswer answer =
        answer_question(server, layer, plan, tiles, weights, question.message, random, 1);
    benchmark::DoNotOptimize(open_answer(client, layer, plan, tiles, answer.message).raw().data());
  }
  state.counters["bytes"] = static_cast<double>(plan.question_bytes + plan.answer_bytes);
}
BENCHMARK_CAPTURE(lattice_layer, resnet, resnet_layer)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(lattice_layer, pointwise, pointwise_layer)
    ->Args({64, 56})
    ->Args({256, 28})
    ->Args({512, 14})
    ->Args({1024, 7})
    ->Unit(benchmark::kMillisecond);

void hash_pairs(benchmark::State& state) {
  const CorrelationHash hash(Block{3, 4});
  SecretVector<Block> rows(4096), zero(4096), one(4096);
  std::fill(rows.begin(), rows.end(), Block{5, 6});
  for (auto _ : state) {
    hash.hash_pairs(7, rows, Block{8, 9}, zero, one);
    benchmark::DoNotOptimize(one.data());
  }
  state.SetItemsProcessed(state.iterations() * 4096);
}
BENCHMARK(hash_pairs);

void hash_1_of_16(benchmark::State& state) {
  const CorrelationHash hash(Block{3, 4});
  SecretVector<Block> low(2048, Block{1, 1}), high(2048, Block{2, 2}), offsets(16, Block{3, 3});
  SecretVector<std::uint64_t> out(16 * 2048);
  for (auto _ : state) {
    hash.hash_wide_offsets(7, low, high, offsets, offsets, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 2048);
}
BENCHMARK(hash_1_of_16);

void hash_packed_1_of_16(benchmark::State& state) {
  const CorrelationHash hash(Block{3, 4});
  SecretVector<Block> rows(2048, Block{1, 1}), offsets(16, Block{3, 3});
  SecretVector<std::uint64_t> out(16 * 2048);
  for (auto _ : state) {
    hash.hash_offsets(7, rows, offsets, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 2048);
}
BENCHMARK(hash_packed_1_of_16);

// All columns of 8192 COTs, by tree depth.
void softspoken_columns(benchmark::State& state) {
  const auto depth = static_cast<int>(state.range(0));
  const std::size_t leaves = std::size_t{1} << depth;
  const std::size_t groups = 128 / static_cast<std::size_t>(depth);
  const SecretVector<Block> keys = expand_leaf_keys(SecretVector<Block>(groups * leaves, Block{1, 2}));
  SecretVector<std::uint8_t> columns(128 * 1024), sum(1024);
  for (auto _ : state) {
    for (std::size_t group = 0; group < groups; ++group) {
      sum_leaf_streams(&keys[11 * group * leaves], depth, 0, 0, 1024, 1024,
                       &columns[group * static_cast<std::size_t>(depth) * 1024], sum.data());
    }
    benchmark::DoNotOptimize(columns.data());
  }
  state.SetItemsProcessed(state.iterations() * 8192);
}
BENCHMARK(softspoken_columns)->Arg(2)->Arg(4)->Arg(8);

void grow_trees(benchmark::State& state) {
  const auto depth = static_cast<int>(state.range(0));
  SecretVector<Block> leaves(std::size_t{1} << depth), sums(static_cast<std::size_t>(depth));
  for (auto _ : state) {
    grow_tree(Block{1, 2}, depth, Block{3, 4}, Block{5, 6}, leaves, sums);
    benchmark::DoNotOptimize(leaves.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(leaves.size()));
}
BENCHMARK(grow_trees)->Arg(8)->Arg(10)->Arg(13);

void grow_punctured_trees(benchmark::State& state) {
  const auto depth = static_cast<int>(state.range(0));
  SecretVector<Block> leaves(std::size_t{1} << depth), sums(static_cast<std::size_t>(depth), Block{1, 1});
  const SecretVector<std::uint8_t> choices(static_cast<std::size_t>(depth), 1);
  for (auto _ : state) {
    grow_punctured_tree(Block{1, 2}, depth, choices, sums, leaves);
    benchmark::DoNotOptimize(leaves.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(leaves.size()));
}
BENCHMARK(grow_punctured_trees)->Arg(8)->Arg(10)->Arg(13);

// By the logarithm of the secret's size.
void lpn_code(benchmark::State& state) {
  CotTable secret(std::size_t{1} << state.range(0));
  std::fill(secret.rows().begin(), secret.rows().end(), Block{1, 2});
  SecretVector<Block> rows(8192, Block{3, 4});
  std::uint64_t first_row = 0;
  for (auto _ : state) {
    add_code_words(Block{5, 6}, first_row, secret.rows(), rows);
    first_row += rows.size();
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(lpn_code)->Arg(10)->Arg(15)->Arg(17)->Arg(20);

void transpose(benchmark::State& state) {
  SecretVector<std::uint8_t> matrix(128 * 1024);
  std::fill(matrix.begin(), matrix.end(), std::uint8_t{0x5A});
  SecretVector<Block> out(8192);
  for (auto _ : state) {
    transpose_128(matrix.data(), 1024, out.data());
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 8192);
}
BENCHMARK(transpose);

void pack_values(benchmark::State& state) {
  const Width width(static_cast<int>(state.range(0)));
  const RingTensor values = RingTensor::zeros(width, 1 << 16);
  SecretVector<std::uint8_t> packed(width.packed_bytes(values.size()));
  for (auto _ : state) {
    pack(values, 0, values.size(), packed);
    benchmark::DoNotOptimize(packed.data());
  }
  state.SetItemsProcessed(state.iterations() * (1 << 16));
}
BENCHMARK(pack_values)->Arg(1)->Arg(2)->Arg(4)->Arg(7)->Arg(13)->Arg(21)->Arg(37);

}  // namespace
}  // namespace privquant
