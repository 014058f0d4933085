// Loops of the shared lookup, compiled per instruction set.
#pragma once

#include <cstdint>
#include <span>

#include "ring/tensor.h"

namespace privquant {

/// One chunk of the sender: OT i reads entry at[i] ⊕ u for value u; pads[u · at.size() + i] masks it.
struct MaskedEntries {
  const std::uint8_t* entries;
  std::span<const std::uint32_t> at;
  std::span<const std::uint64_t> pads;
  std::size_t values;
};

/// The sender's share of value 0 to share[begin, …); messages[(u − 1) · at.size() + i] for u ≥ 1. By
/// exclusive or.
void mask_as_bits(const MaskedEntries& chunk, RingTensor& share, std::size_t begin, RingTensor& messages);
/// The same modulo 2^n, of the entries and pads without their low `skipped` bits.
void mask_as_numbers(const MaskedEntries& chunk, int skipped, RingTensor& share, std::size_t begin,
                     RingTensor& messages);

}  // namespace privquant
