// Bit triples for AND gates, made in preparation from random OTs without choice corrections.
//
// Functionality  random shares ⟨a⟩, ⟨b⟩, ⟨c⟩ with c = a ∧ b; pairs share one a: c0 = a ∧ b0, c1 = a ∧ b1.
// Construction   two triples from one 1-of-16 OT, a pair from one 1-of-8 OT; the server is the sender, and
//                the receiver's shares of the inputs are its random choices.
// Cost           (236 + 30)/2 = 133 bits a triple, 221 + 14 = 235 bits a pair; 2 rounds, shared with
//                prepare().
// Source         CrypTFlow2 (arXiv 2010.06457, appendix A.1).
// Security       as the random OT's.
#pragma once

#include <vector>

#include "ot/cost.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// {a, b, c}. Draws triple_demand(count, 0) from the store.
std::vector<RingTensor> make_triples(Party& party, std::size_t count);
/// {a, b0, c0, b1, c1}. Draws triple_demand(0, count).
std::vector<RingTensor> make_triple_pairs(Party& party, std::size_t count);

/// The random OTs that these take.
Demand triple_demand(std::size_t triples, std::size_t triple_pairs);
/// Bytes that the server sends for them.
std::size_t triple_message_bytes(std::size_t triples, std::size_t triple_pairs);

}  // namespace privquant
