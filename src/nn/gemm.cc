#include "nn/gemm.h"

#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nn/gemm.cc"
#include <hwy/foreach_target.h>  // compiles this file once a target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace privquant {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Columns32 = hn::CappedTag<std::int32_t, 16>;
using Columns16 = hn::Repartition<std::int16_t, Columns32>;

/// The pair weights[0], weights[1] in every lane.
HWY_INLINE hn::Vec<Columns16> broadcast_pair(const std::int16_t* weights) {
  std::int32_t pair = 0;
  std::memcpy(&pair, weights, sizeof pair);
  return hn::BitCast(Columns16(), hn::Set(Columns32(), pair));
}

// Some targets spread the products of a pair over two sums; RearrangeToOddPlusEven joins them.
struct Sum {
  hn::Vec<Columns32> first;
  hn::Vec<Columns32> second;

  HWY_INLINE void accumulate(hn::Vec<Columns16> a, hn::Vec<Columns16> b) {
    first = hn::ReorderWidenMulAccumulate(Columns32(), a, b, first, second);
  }
  HWY_INLINE void store(std::int32_t* out) const {
    hn::StoreU(hn::RearrangeToOddPlusEven(first, second), Columns32(), out);
  }
};

HWY_INLINE Sum zero_sum() { return {hn::Zero(Columns32()), hn::Zero(Columns32())}; }

/// Four rows by two vectors of columns: eight independent sums hide the latency of the multiplication.
HWY_INLINE void multiply_block(const std::int16_t* weights, const std::int16_t* panel, std::size_t pairs,
                               std::int32_t* out) {
  const Columns32 d32;
  const Columns16 d16;
  const std::size_t lanes = hn::Lanes(d32);
  const std::size_t row = 2 * pairs;
  Sum s00 = zero_sum();
  Sum s01 = zero_sum();
  Sum s10 = zero_sum();
  Sum s11 = zero_sum();
  Sum s20 = zero_sum();
  Sum s21 = zero_sum();
  Sum s30 = zero_sum();
  Sum s31 = zero_sum();
  for (std::size_t p = 0; p < pairs; ++p) {
    const auto x0 = hn::LoadU(d16, panel + p * 2 * gemm_tile_columns);
    const auto x1 = hn::LoadU(d16, panel + p * 2 * gemm_tile_columns + 2 * lanes);
    const auto w0 = broadcast_pair(weights + 2 * p);
    s00.accumulate(w0, x0);
    s01.accumulate(w0, x1);
    const auto w1 = broadcast_pair(weights + row + 2 * p);
    s10.accumulate(w1, x0);
    s11.accumulate(w1, x1);
    const auto w2 = broadcast_pair(weights + 2 * row + 2 * p);
    s20.accumulate(w2, x0);
    s21.accumulate(w2, x1);
    const auto w3 = broadcast_pair(weights + 3 * row + 2 * p);
    s30.accumulate(w3, x0);
    s31.accumulate(w3, x1);
  }
  s00.store(out);
  s01.store(out + lanes);
  s10.store(out + gemm_tile_columns);
  s11.store(out + gemm_tile_columns + lanes);
  s20.store(out + 2 * gemm_tile_columns);
  s21.store(out + 2 * gemm_tile_columns + lanes);
  s30.store(out + 3 * gemm_tile_columns);
  s31.store(out + 3 * gemm_tile_columns + lanes);
}

void multiply_tile(const std::int16_t* weights, std::size_t rows, const std::int16_t* panel,
                   std::size_t pairs, std::int32_t* out) {
  const std::size_t step = 2 * hn::Lanes(Columns32());
  for (std::size_t row = 0; row < rows; row += gemm_tile_rows) {
    for (std::size_t column = 0; column < gemm_tile_columns; column += step) {
      multiply_block(weights + row * 2 * pairs, panel + 2 * column, pairs,
                     out + row * gemm_tile_columns + column);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace privquant
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {

HWY_EXPORT(multiply_tile);

void multiply_tile(const std::int16_t* weights, std::size_t rows, const std::int16_t* panel,
                   std::size_t pairs, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(multiply_tile)(weights, rows, panel, pairs, out);
}

}  // namespace privquant
#endif
