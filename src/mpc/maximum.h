// Greatest values and their indices.
//
// Functionality  maximum: ⟨max⟩ of every row.
//                argmax: ⟨index⟩ of the greatest of n values, the first if several.
//                top_k: ⟨indices⟩ of the k greatest, in falling order (equal values by rising index).
// Construction   tournament of comparisons: s = drelu(left − right), winner = right + s·(left − right),
//                ⌈log2 n⌉ levels. top_k sorts by a bitonic network on blocks of k and keeps the greater half
//                of two blocks at a time.
// Security       semi-honest; the order of comparisons is public.
//
// The difference of any two values must stay in the signed range of the ring; for top_k, every value in the
// signed range of one bit less.
#pragma once

#include <vector>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// candidates[j][i] competes for result i; all of one size and width.
RingTensor maximum(Party& party, std::vector<RingTensor> candidates);
void cost_maximum(Cost& cost, Width width, std::size_t candidates, std::size_t count);

/// One index, in a ring wide enough for 0 … n − 1.
RingTensor argmax(Party& party, const RingTensor& values);
void cost_argmax(Cost& cost, Width width, std::size_t count);

/// k indices, 1 ≤ k ≤ n.
RingTensor top_k(Party& party, const RingTensor& values, std::size_t k);
void cost_top_k(Cost& cost, Width width, std::size_t count, std::size_t k);

/// The ring of argmax's index and of top_k's indices among n values.
Width index_width(std::size_t count);
Width top_k_index_width(std::size_t count, std::size_t k);

}  // namespace privquant
