// Chosen 1-of-2^k OT: the receiver learns the message of its choice and nothing of the others.
//
// Construction   from a random OT: the receiver sends x ⊕ ρ; the sender sends m_v ⊕ pad_{v ⊕ x ⊕ ρ} for every
//                v.
// Cost           k + 2^k·l bits, 2 rounds; one random 1-of-2^k OT.
// Security       semi-honest; masks are fresh pads.
#pragma once

#include <vector>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// messages[v] holds the messages for choice v, one an OT; 2^k tensors of one width ≤ 64.
void chosen_ot_send(Party& party, const std::vector<RingTensor>& messages);
/// One choice (< 2^k) an OT; the chosen messages.
RingTensor chosen_ot_receive(Party& party, int choice_bits, Width width,
                             std::span<const std::uint8_t> choices);

/// Adds `count` OTs to a cost.
void cost_chosen_ot(Cost& cost, Role sender, int choice_bits, Width width, std::size_t count);

}  // namespace privquant
