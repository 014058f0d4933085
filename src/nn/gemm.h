// The executor's matrix product: int16 × int16 → int32, modulo 2^32.
//
// Sums wrap, so a result is exact whenever the true sum fits 32 bits, whatever its partial sums do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace privquant {

inline constexpr std::size_t gemm_tile_columns = 32;
inline constexpr std::size_t gemm_tile_rows = 4;

/// out[r][c] = Σ_k weights[r][k] · panel[k][c] for `rows` rows (a multiple of gemm_tile_rows) and
/// gemm_tile_columns columns. k runs over 2·pairs values; weights are row by row, the panel holds pairs:
/// panel[k / 2][c][k % 2].
void multiply_tile(const std::int16_t* weights, std::size_t rows, const std::int16_t* panel,
                   std::size_t pairs, std::int32_t* out);

}  // namespace privquant
