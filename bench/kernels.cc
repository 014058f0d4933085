// The local kernels: bytes a second of the PRG, the hash, packing and the bit transpose.
#include <benchmark/benchmark.h>

#include "crypto/correlation_hash.h"
#include "crypto/prg.h"
#include "ot/bit_transpose.h"
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
