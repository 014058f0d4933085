// Shared lookup: a public function of one digit from each party, by one 1-of-2^k OT per element.
//
// Functionality  ⟨F[y][x]⟩ as boolean shares, the OT sender's digit y (private), the receiver's digit x
// (private, k bits). Construction   1-of-2^k OT from a random one (Naor-Pinkas style offset): the receiver
// sends x ⊕ ρ (k bits); the sender sends
//                F[y][v] ⊕ r ⊕ pad_v for v = 1 … 2^k − 1, with r = F[y][0] ⊕ pad_0 its share: message 0 would
//                be zero.
// Cost           k + (2^k − 1)·l bits, 2 rounds; one random 1-of-2^k OT.
// Security       semi-honest; masks are fresh pads.
#pragma once

#include <array>
#include <functional>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// A public function of two digits to `output_bits` ≤ 8 bits.
struct DigitFunction {
  int choice_bits = 4;  ///< of the receiver's digit
  int output_bits = 1;
  std::array<std::array<std::uint8_t, 16>, 16> value{};  ///< [sender's digit][receiver's digit]
};

/// The receiver's side in two steps, so that several lookups share their flights.
class LookupReceiver {
 public:
  /// Step 1: sends the masked digits (one byte each in memory, k bits on the wire).
  LookupReceiver(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits);
  /// Step 2: reads the sender's messages; the receiver's share, width = output_bits.
  RingTensor finish(Party& party);

 private:
  DigitFunction function_;
  SecretVector<std::uint8_t> digits_;
  PadsReceiver pads_;
};

/// The sender's side: reads the masked digits and sends; the sender's share.
RingTensor lookup_send(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits);

/// The same with the receiver's digits random, as drawn: no corrections. Used to make triples.
RingTensor lookup_send_random(Party& party, const DigitFunction& function,
                              std::span<const std::uint8_t> digits);
struct RandomLookup {
  SecretVector<std::uint8_t> digits;
  RingTensor share;
};
RandomLookup lookup_receive_random(Party& party, const DigitFunction& function, std::size_t count);

/// Bytes of step 1 and of the messages of `count` lookups; the demand is `count` 1-of-2^k OTs of the sender.
std::size_t lookup_choice_bytes(const DigitFunction& function, std::size_t count);
std::size_t lookup_message_bytes(const DigitFunction& function, std::size_t count);

}  // namespace privquant
