// Bit triples from random COTs, without a message.
//
// Functionality  random shares ⟨a⟩, ⟨b⟩, ⟨c⟩ with c = a ∧ b; pairs share one a: c0 = a ∧ b0, c1 = a ∧ b1.
// Construction   from one COT in each direction. Of the pads p0, p1 of a COT the sender takes p0 ⊕ p1 as its share
//                of b and p0 as a share of (receiver's choice) ∧ (its b); the receiver takes its choice as its
//                share of a and its pad as the other share. Two such halves and each party's own a ∧ b make a
//                triple; a second bit of the pads makes a second one with the same a.
// Cost           two random COTs, one each way, a triple or a pair.
// Source         Asharov, Lindell, Schneider, Zohner (CCS 2013, section 5.1), with random choices.
// Security       as the random COT's, with pads from the correlation-robust hash.
#pragma once

#include <vector>

#include "crypto/correlation_hash.h"
#include "ot/random_cot.h"
#include "ring/tensor.h"

namespace privquant {

/// One direction's half of `count` triples or pairs: bit j of an entry belongs to triple j of a pair.
struct TripleHalf {
  SecretVector<std::uint8_t> factor;   ///< sender: its shares of b; receiver: its share of a, in bit 0
  SecretVector<std::uint8_t> product;  ///< shares of (receiver's a) ∧ (sender's b)
};

/// Both extend by `count` COTs; `tweak` is that of the first, and advances. `threads`: how many hash, at least
/// one.
TripleHalf send_triple_half(Channel& channel, RandomCotSender& cots, const CorrelationHash& hash,
                            std::uint64_t& tweak, std::size_t count, unsigned threads);
TripleHalf receive_triple_half(Channel& channel, RandomCotReceiver& cots, const CorrelationHash& hash,
                               std::uint64_t& tweak, std::size_t count, unsigned threads);

/// Entries [begin, begin + count) of this party's halves: {a, b, c} or, of pairs, {a, b0, c0, b1, c1}.
std::vector<RingTensor> join_triple_halves(const TripleHalf& sent, const TripleHalf& received,
                                           std::size_t begin, std::size_t count, bool pairs);

}  // namespace privquant
