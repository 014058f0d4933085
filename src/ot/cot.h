// Correlated OT on ring values with chosen bits: the product of one party's bit and the other's number.
//
// Functionality  ⟨b·c⟩ in Z_{2^l}: the OT receiver knows the bit b, the sender the number c.
// Construction   from a random OT with pads p0, p1: the receiver sends b ⊕ ρ, which swaps the pads; the
//                sender sends p0 + c − p1 and keeps −p0; the receiver gets p_b + b·(p0 + c − p1) = p0 + b·c.
//                With ProtocolChoices::joint_products several elements share one OT where that sends fewer
//                bits (joint_cot.h).
// Cost           1 + l bits, 2 rounds; one random OT.
// Source         Gilboa (CRYPTO 1999); CrypTFlow2 (arXiv 2010.06457, section 4).
// Security       semi-honest; masks are fresh pads.
#pragma once

#include <optional>

#include "ot/joint_cot.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// The receiver's side in two steps, so that several batches share their flights.
class CotReceiver {
 public:
  /// Step 1: sends the corrections. `bits` has width 1, the numbers have width `width`.
  CotReceiver(Party& party, const RingTensor& bits, Width width);
  /// Step 2: reads the sender's messages; the receiver's share.
  RingTensor finish(Party& party);

 private:
  Width width_;
  std::optional<JointCotReceiver> joint_;
  RingTensor bits_;  ///< what follows is empty where the joint receiver does the work
  SeedPadsReceiver pads_;
};

/// The sender's side: reads the corrections and sends; the sender's share.
RingTensor cot_send(Party& party, const RingTensor& numbers);

/// What `count` COTs take: `ots` random 1-of-2^choice_bits OTs of the sender's role, and bytes each way.
struct CotCost {
  int choice_bits;
  std::size_t ots;
  std::size_t choice_bytes;   ///< from the receiver
  std::size_t message_bytes;  ///< from the sender
};
CotCost cot_cost(const ProtocolChoices& choices, Width width, std::size_t count);

}  // namespace privquant
