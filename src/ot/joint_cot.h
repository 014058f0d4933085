// Several correlated OTs by one random 1-of-2^k OT: in a small ring fewer bits than one random OT each.
//
// Functionality  ⟨b_j·c_j⟩ in Z_{2^n}, j < k: the OT receiver knows the bits b_j, the sender the numbers c_j.
// Construction   from a random OT with the receiver's value ρ: the receiver sends δ = b ⊕ ρ (k bits); the
//                sender sends (u ⊕ δ)_j·c_j − share_j − pad_{u,j} for u = 1 … 2^k − 1, with
//                share_j = δ_j·c_j − pad_{0,j}, so that message 0 would be zero; the receiver adds pad_{ρ,j}.
//                Pads are fields of n bits of the OT's pad of 64 bits. OT g serves the elements
//                g, g + G, g + 2G, … of G OTs.
// Cost           (k + (2^k − 1)·k·n) / k bits, 2 rounds; 1/k random 1-of-2^k OT.
// Source         Kolesnikov, Kumaresan (ePrint 2013/491) for the OT; the messages as in cot.h.
// Security       semi-honest; masks are independent fields of fresh pads.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

class JointCotReceiver {
 public:
  /// Sends the corrections. `bits` has width 1; 1 < `together` ≤ 4, together · width ≤ 64.
  JointCotReceiver(Party& party, const RingTensor& bits, Width width, int together);
  /// Reads the sender's messages; the receiver's share.
  RingTensor finish(Party& party);

 private:
  std::size_t count_;
  Width width_;
  int together_;
  PadsReceiver pads_;
};

/// Reads the corrections and sends; the sender's share.
RingTensor joint_cot_send(Party& party, const RingTensor& numbers, int together);

}  // namespace privquant
