// Loops over the columns of an OT extension, compiled per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace privquant {

/// correction ⊕= column ⊕ codeword.
void xor_column(std::uint8_t* correction, const std::uint8_t* column, const std::uint8_t* codeword,
                std::size_t bytes);
/// column ⊕= correction where `selected`, without a branch.
void xor_selected(std::uint8_t* column, const std::uint8_t* correction, bool selected, std::size_t bytes);
/// to ⊕= from.
inline void xor_into(std::uint8_t* to, const std::uint8_t* from, std::size_t bytes) {
  xor_selected(to, from, true, bytes);
}
/// out[i] |= bit i of `plane`, moved to bit `to`.
void spread_bits(const std::uint8_t* plane, int to, std::uint8_t* out, std::size_t count);

}  // namespace privquant
