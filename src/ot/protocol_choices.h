// Public parameters in which profiles differ: both parties use the same ones, costs are computed with them.
#pragma once

#include <cstddef>

#include "ot/ot_extension.h"

namespace privquant {

struct ProtocolChoices {
  /// Largest digit, in bits, that one random 1-of-2^k OT of a comparison covers (1..8). CrypTFlow2 and SiRNN
  /// use 4; larger digits send fewer bytes and hash more.
  int digit_bits = 4;
  /// Products with several bits of one party share a random 1-of-2^k OT where that sends fewer bits.
  bool joint_products = false;
  /// Each party is the OT sender for half of a comparison's lookups, so that both hash and both directions
  /// carry; in CrypTFlow2 and SiRNN one party sends all.
  bool both_directions = false;
  /// What makes the session's correlations.
  OtExtension extension = OtExtension::iknp;
  /// What a round is worth: the bytes that the link carries while a message travels. Constructions are chosen by
  /// bytes and rounds so weighed, for the tensor at hand: small ones take few rounds. 0: by bytes alone.
  std::size_t round_bytes = 0;
  bool operator==(const ProtocolChoices&) const = default;
};

}  // namespace privquant
