// The store of correlations that two parties prepared together: drawn in bulk, each once.
//
// prepare() is the preparation phase: every OT extension runs there. Draws are local. Both parties must draw
// the same numbers in the same order per kind; a draw beyond the stock is an internal error (plans know
// exactly what they need). What is drawn is never drawn again; its memory is wiped at the next prepare() or
// with the store. Draws move and do not copy.
//
// Not thread-safe: one thread at a time prepares and draws, the one that drives the channel, so that both
// parties draw in the same order. What was drawn may be handed to other threads.
#pragma once

#include <memory>

#include "base/role.h"
#include "ot/claimed_ots.h"
#include "ot/cost.h"
#include "ot/ot_extension.h"
#include "ring/tensor.h"

namespace privquant {

/// A member that makes what was drawn movable and not copyable: who uses it up has it alone, and a second use
/// of the same correlations cannot be written by passing them on twice.
struct DrawnOnce {
  DrawnOnce() = default;
  ~DrawnOnce() = default;
  DrawnOnce(DrawnOnce&&) = default;
  DrawnOnce& operator=(DrawnOnce&&) = default;
  DrawnOnce(const DrawnOnce&) = delete;
  DrawnOnce& operator=(const DrawnOnce&) = delete;
};

/// Pads of random 1-of-2 OTs with 128-bit seeds.
struct SeedPadsSender {
  SecretVector<Block> zero;
  SecretVector<Block> one;
  [[no_unique_address]] DrawnOnce once{};
};
struct SeedPadsReceiver {
  SecretVector<Block> chosen;
  SecretVector<std::uint8_t> choices;
  [[no_unique_address]] DrawnOnce once{};
};
/// Pads of random 1-of-2^k OTs, 64 bits each; pads[v · count + i] belongs to OT i and value v.
struct PadsSender {
  std::size_t count = 0;
  SecretVector<std::uint64_t> pads;
  [[no_unique_address]] DrawnOnce once{};
};
struct PadsReceiver {
  SecretVector<std::uint64_t> chosen;
  SecretVector<std::uint8_t> choices;
  [[no_unique_address]] DrawnOnce once{};
};
/// Shares of bit triples: c = a ∧ b; width 1.
struct BitTriples {
  RingTensor a, b, c;
  [[no_unique_address]] DrawnOnce once{};
};
/// Two triples with one a.
struct BitTriplePairs {
  RingTensor a, b0, c0, b1, c1;
  [[no_unique_address]] DrawnOnce once{};
};

class Correlations {
 public:
  /// Runs the set-up of both directions with the peer, who must ask for the same extension
  /// (session_extensions.h). `random` must outlive the store. `threads`: how many prepare where OTs are made by
  /// SoftSpoken or Ferret (0: one per core), IKNP takes one; the peer need not have as many.
  Correlations(Channel& channel, Role role, Prg& random, OtExtension extension = OtExtension::iknp,
               unsigned threads = 1);
  ~Correlations();
  Correlations(const Correlations&) = delete;
  Correlations& operator=(const Correlations&) = delete;

  /// Takes memory for a stock of `whole` at once: without it a stock that grows call by call is copied, and for
  /// a moment there twice, each time.
  void reserve(const Demand& whole);
  /// Makes `demand` more, together with the peer.
  void prepare(Channel& channel, const Demand& demand);
  const Demand& stock() const;
  OtExtension extension() const;

  /// Draws for the party that is the sender, or the receiver, of these OTs.
  SeedPadsSender draw_seeds_sender(std::size_t count);
  SeedPadsReceiver draw_seeds_receiver(std::size_t count);
  PadsSender draw_pads_sender(int choice_bits, std::size_t count, OtUse use = OtUse::fresh);
  PadsReceiver draw_pads_receiver(int choice_bits, std::size_t count, OtUse use = OtUse::fresh);
  /// Both parties claim `count` OTs that stay in the stock, after the first `skipped` of the kind, for corrections that
  /// leave before the draw; the receiver gets its random choices in them. Only draws for OtUse::claimed may reach them, and
  /// must. A later prepare() adds behind them; only IKNP's makes triples of the first ones, so there none may follow.
  void claim_sender(int choice_bits, std::size_t skipped, std::size_t count);
  SecretVector<std::uint8_t> claim_receiver(int choice_bits, std::size_t skipped, std::size_t count);
  BitTriples draw_triples(std::size_t count);
  BitTriplePairs draw_triple_pairs(std::size_t count);

 private:
  struct Store;
  std::unique_ptr<Store> store_;
};

}  // namespace privquant
