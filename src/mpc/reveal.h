// Opening a sharing to one party. Only what the ideal functionality outputs may be opened.
#pragma once

#include <optional>

#include "ot/party.h"
#include "ot/wire.h"
#include "ring/arithmetic.h"

namespace privquant {

/// The value for `to`, nothing for the other party. Cost: l bits, 1 round.
inline std::optional<RingTensor> reveal_to(Party& party, Role to, const RingTensor& share) {
  if (party.role != to) {
    send_tensor(party.channel, share);
    party.channel.flush();
    return std::nullopt;
  }
  return add(share, receive_tensor(party.channel, share.width(), share.size()));
}

inline void cost_reveal(Cost& cost, Role to, Width width, std::size_t count) {
  cost.message(other(to), width.packed_bytes(count));
}

}  // namespace privquant
