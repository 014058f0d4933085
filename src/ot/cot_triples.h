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

#include <array>
#include <span>

#include "crypto/correlation_hash.h"
#include "ot/random_cot.h"

namespace privquant {

/// This party's shares of triples of one kind, a byte a bit, made in place: b[1] and c[1] are empty but for
/// pairs. Each direction makes its half, in either order; c is zero before, and finish_triples() ends it.
struct TripleColumns {
  std::span<std::uint8_t> a;
  std::array<std::span<std::uint8_t>, 2> b;
  std::array<std::span<std::uint8_t>, 2> c;
};

/// Both extend by a COT for each triple and pair of `kinds`, one kind after the other; `tweak` is that of the
/// first, and advances. The sender's half are all b, the receiver's all a; both add a share of (receiver's a) ∧
/// (sender's b) to c. `threads`: how many hash, at least one.
void send_triple_half(Channel& channel, RandomCotSender& cots, const CorrelationHash& hash,
                      std::uint64_t& tweak, std::span<const TripleColumns> kinds, unsigned threads);
void receive_triple_half(Channel& channel, RandomCotReceiver& cots, const CorrelationHash& hash,
                         std::uint64_t& tweak, std::span<const TripleColumns> kinds, unsigned threads);

/// Adds a ∧ b, of this party's own shares.
void finish_triples(const TripleColumns& columns);

}  // namespace privquant
