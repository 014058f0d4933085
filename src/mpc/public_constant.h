// Adding a public number to a sharing: the server does it.
#pragma once

#include "ot/party.h"
#include "ring/arithmetic.h"

namespace privquant {

inline RingTensor add_public(const Party& party, const RingTensor& share, std::uint64_t constant) {
  return party.is_server() ? add_constant(share, constant) : share;
}

}  // namespace privquant
