// Transposes a matrix of 128 rows of bits into blocks of 128 bits: the step between the columns of an OT
// extension and its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/block.h"

namespace privquant {

/// matrix: 128 rows of `row_bytes` bytes (a multiple of 64, at most 1024), one after the other. out[i]
/// receives bit i of every row: bit j of out[i] is bit i of row j. Writes 8 · row_bytes blocks.
void transpose_128(const std::uint8_t* matrix, std::size_t row_bytes, Block* out);

}  // namespace privquant
