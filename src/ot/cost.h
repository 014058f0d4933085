// The exact price of a protocol: which correlations it draws, which messages it sends, how deep they chain.
//
// A cost function replays the protocol's schedule of messages: exchange() where both parties send before
// either reads, message() otherwise. Bytes and rounds then agree with the meter (net/meter.h) by the same
// definition.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/role.h"
#include "ot/code_extension.h"
#include "ot/ferret_schedule.h"
#include "ot/ot_extension.h"
#include "ot/protocol_choices.h"

namespace privquant {

/// Numbers of correlations; what a plan needs and what a store holds.
struct Demand {
  /// Random 1-of-2^k OTs by the sender's role and k − 1.
  std::array<std::array<std::size_t, max_choice_bits>, 2> random_ots{};
  /// Bit triples c = a ∧ b, and pairs of triples that share a.
  std::size_t triples = 0;
  std::size_t triple_pairs = 0;

  std::size_t& ots(Role sender, int choice_bits) {
    return random_ots[index_of(sender)][static_cast<std::size_t>(choice_bits - 1)];
  }
  std::size_t ots(Role sender, int choice_bits) const {
    return random_ots[index_of(sender)][static_cast<std::size_t>(choice_bits - 1)];
  }
  Demand& operator+=(const Demand& other);
  Demand times(std::size_t count) const;
  bool operator==(const Demand&) const = default;
  bool none() const { return *this == Demand{}; }
  /// What is missing in `stock`.
  Demand beyond(const Demand& stock) const;
  /// How many times it is in `stock`; `most` at most.
  std::size_t times_in(const Demand& stock, std::size_t most) const;
  /// The first part of it, worth about so many random COTs: all if it is worth less.
  Demand slice(std::size_t cots) const;
};

class Cost {
 public:
  Demand demand;
  ProtocolChoices choices{};
  /// By sender: messages before the input exists that are no correlations' (mpc/lattice_layer.h). In no sum below.
  std::array<std::uint64_t, 2> prepared{};
  /// The client's choices of the next two_way_lookups() were sent ahead: they are `prepared`. Cleared there.
  bool chosen_ahead = false;

  void message(Role from, std::size_t bytes) {
    if (bytes == 0) return;
    sent_[index_of(from)] += bytes;
    const std::uint64_t depth = clock_[index_of(from)] + 1;
    std::uint64_t& reader = clock_[index_of(other(from))];
    reader = std::max(reader, depth);
    horizon_ = std::max(horizon_, depth);
  }
  /// Both send, then both read.
  void exchange(std::size_t server_bytes, std::size_t client_bytes) {
    const auto before = clock_;
    message(Role::server, server_bytes);
    const auto after_server = clock_;
    clock_ = before;
    message(Role::client, client_bytes);
    clock_[0] = std::max(clock_[0], after_server[0]);
    clock_[1] = std::max(clock_[1], after_server[1]);
  }

  /// Both parties wait for each other, as Channel::align_rounds() does: no later message shares a flight with
  /// an earlier one.
  void align() { clock_ = {horizon_, horizon_}; }

  std::uint64_t bytes_from(Role role) const { return sent_[index_of(role)]; }
  std::uint64_t bytes() const { return sent_[0] + sent_[1]; }
  std::uint64_t rounds() const { return horizon_; }

 private:
  std::array<std::uint64_t, 2> sent_{};
  std::array<std::uint64_t, 2> clock_{};
  std::uint64_t horizon_ = 0;
};

/// What preparations of a session find: which extension, and what earlier ones left over.
struct PreparationState {
  explicit PreparationState(OtExtension used = OtExtension::iknp) : extension(used) {}
  OtExtension extension;
  std::array<FerretSchedule, 2> ferret;  ///< by the sender's role; unused by the other extensions
};

/// Random COTs that `demand` takes in one direction where all kinds are made of them.
std::size_t random_cots(const Demand& demand, Role sender);

/// Adds Correlations::prepare(demand) to `cost` (its demand is not touched), and advances `state`.
void cost_preparation(Cost& cost, const Demand& demand, PreparationState& state);
/// The first preparation of a session.
void cost_preparation(Cost& cost, const Demand& demand, OtExtension extension = OtExtension::iknp);

/// Bytes of memory that a prepared demand takes in the larger of the two stores: rows, choices and triples. Of IKNP
/// also the rows that triples were made of; random COTs leave none, and rows made of them have one block for every k.
std::size_t stored_bytes(const Demand& prepared, OtExtension extension);

/// What of a memory budget in bytes is left for stored_bytes(): the extension's tables are taken off, up to
/// half of it.
std::size_t room_for_stock(std::size_t budget, OtExtension extension);

/// Base OTs of one direction.
std::size_t base_ots_of(OtExtension extension);

/// Adds the set-up of a session's correlations: nonces, base OTs, trees.
void cost_setup(Cost& cost, OtExtension extension = OtExtension::iknp);

}  // namespace privquant
