// One side of a two-party computation. Protocol code is written once: both parties run the same function on
// their own Party.
#pragma once

#include "base/role.h"
#include "crypto/prg.h"
#include "net/channel.h"
#include "ot/correlations.h"
#include "ot/protocol_choices.h"

namespace privquant {

struct Party {
  Role role;
  Channel& channel;
  Correlations& correlations;
  Prg& random;
  ProtocolChoices choices{};

  bool is_server() const { return role == Role::server; }
};

}  // namespace privquant
