// Correlated OT on ring values with chosen bits: the product of one party's bit and the other's number.
//
// Functionality  ⟨b·c⟩ in Z_{2^l}: the OT receiver knows the bit b, the sender the number c.
// Construction   from a random OT with pads p0, p1: the receiver sends b ⊕ ρ, which swaps the pads; the
// sender sends
//                p0 + c − p1 and keeps −p0; the receiver gets p_b + b·(p0 + c − p1) = p0 + b·c. (Gilboa;
//                ePrint 2010.06457, section 4)
// Cost           1 + l bits, 2 rounds; one random OT.
// Security       semi-honest; masks are fresh pads.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// The receiver's side in two steps, so that several batches share their flights.
class CotReceiver {
 public:
  /// Step 1: sends the corrections. `bits` has width 1.
  CotReceiver(Party& party, const RingTensor& bits);
  /// Step 2: reads the sender's messages; the receiver's share.
  RingTensor finish(Party& party, Width width);

 private:
  RingTensor bits_;
  SeedPadsReceiver pads_;
};

/// The sender's side: reads the corrections and sends; the sender's share.
RingTensor cot_send(Party& party, const RingTensor& numbers);

/// Bytes of the corrections and of the messages of `count` COTs; the demand is `count` 1-of-2 OTs of the
/// sender's role.
std::size_t cot_choice_bytes(std::size_t count);
std::size_t cot_message_bytes(Width width, std::size_t count);

}  // namespace privquant
