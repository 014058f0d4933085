// One side of a two-party computation. Protocol code is written once: both parties run the same function on
// their own Party.
#pragma once

#include <vector>

#include "base/role.h"
#include "crypto/prg.h"
#include "net/channel.h"
#include "ot/correlations.h"
#include "ot/protocol_choices.h"
#include "ring/tensor.h"

namespace privquant {

/// Masked choices that the client sent before the server's numbers existed (docs/lattice.md), one tensor a lookup of
/// mpc/two_way_lookup.h, which makes and takes them. Empty tensors at the client.
struct ChoicesAhead {
  std::vector<RingTensor> masked;
  std::uint64_t bytes = 0;  ///< that the client sent
};

struct Party {
  Role role;
  Channel& channel;
  Correlations& correlations;
  Prg& random;
  ProtocolChoices choices{};
  /// What the client sent ahead for the next two_way_lookups(), which takes it; null if nothing.
  const ChoicesAhead* ahead = nullptr;

  bool is_server() const { return role == Role::server; }
};

}  // namespace privquant
