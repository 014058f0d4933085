// Shared lookup: a public function of one private number from each party, by one 1-of-2^k OT per element.
//
// Functionality  shares of F[y][x]: the OT sender's number y, the receiver's choice x of k bits; of every
//                entry of F the low bits become boolean shares, what is above them a number in Z_{2^n}.
// Construction   from a random OT with the receiver's value ρ: the receiver sends δ = x ⊕ ρ (k bits); the
//                sender sends, in each group, F[y][u ⊕ δ] − share − pad_u for u = 1 … 2^k − 1, with
//                share = F[y][δ] − pad_0, so that message 0 would be zero; the receiver adds pad_ρ to
//                message ρ.
//                δ may leave ahead, when x is known and the OT lies in the stock; then the rest is as above.
// Cost           k + (2^k − 1)·(boolean bits + n) bits, 2 rounds; one random 1-of-2^k OT.
// Source         Naor, Pinkas (1-of-N OT from a random one); CrypTFlow2 (arXiv 2010.06457) for shared
//                lookups.
// Security       semi-honest; masks are fresh pads, δ is masked by ρ.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// A public function of the sender's number and the receiver's choice; cheap to copy.
class LookupFunction {
 public:
  /// What becomes of an entry: its low `boolean_bits` (0..8), and the rest as a number in Z_{2^n} where
  /// wanted.
  struct Outputs {
    int boolean_bits = 1;
    std::optional<Width> number = std::nullopt;
  };

  /// `value(y, x)` is an entry, below 256. number_bits ≤ 16 are the sender's, choice_bits ≤ 8 the receiver's.
  template <typename Value>
  LookupFunction(int number_bits, int choice_bits, Outputs outputs, Value&& value)
      : number_bits_(number_bits), choice_bits_(choice_bits), outputs_(outputs) {
    check();
    auto entries = std::make_shared<std::vector<std::uint8_t>>(std::size_t{1} << (number_bits + choice_bits));
    for (std::size_t i = 0; i < entries->size(); ++i)
      (*entries)[i] = static_cast<std::uint8_t>(
          value(static_cast<unsigned>(i >> choice_bits), static_cast<unsigned>(i & (values() - 1))));
    entries_ = std::move(entries);
  }

  int number_bits() const { return number_bits_; }
  int choice_bits() const { return choice_bits_; }
  const Outputs& outputs() const { return outputs_; }
  std::size_t values() const { return std::size_t{1} << choice_bits_; }
  /// Entry y · 2^k + x.
  const std::uint8_t* entries() const { return entries_->data(); }

 private:
  void check() const;

  int number_bits_;
  int choice_bits_;
  Outputs outputs_;
  std::shared_ptr<const std::vector<std::uint8_t>> entries_;
};

/// A party's shares of the entries; what the function does not give is empty.
struct LookupShares {
  RingTensor bits;     ///< width boolean_bits, shared by exclusive or
  RingTensor numbers;  ///< width n
};

/// The receiver's side in two steps, so that several lookups share their flights.
class LookupReceiver {
 public:
  /// Step 1: sends the masked choices; `choices` has width k.
  LookupReceiver(Party& party, const LookupFunction& function, const RingTensor& choices);
  /// Step 1 of `count` lookups whose choices were sent ahead: sends nothing.
  LookupReceiver(Party& party, const LookupFunction& function, std::size_t count);
  /// Step 2: reads the sender's messages.
  LookupShares finish(Party& party);

 private:
  LookupFunction function_;
  PadsReceiver pads_;
};

/// The sender's side: reads the masked choices and sends. `numbers` has width number_bits.
LookupShares lookup_send(Party& party, const LookupFunction& function, const RingTensor& numbers);

/// δ of lookups whose OTs lie in the stock, after the first `skipped` of their kind: the receiver's side, and the sender's,
/// which gives what it returns to lookup_send.
void send_choices_ahead(Party& party, const RingTensor& choices, std::size_t skipped);
RingTensor receive_choices_ahead(Party& party, Width choice_bits, std::size_t count, std::size_t skipped);
LookupShares lookup_send(Party& party, const LookupFunction& function, const RingTensor& numbers,
                         const RingTensor& masked_choices);

/// The same with the receiver's choices random, as drawn: no corrections. Used to make triples.
LookupShares lookup_send_random(Party& party, const LookupFunction& function, const RingTensor& numbers);
struct RandomLookup {
  SecretVector<std::uint8_t> choices;
  LookupShares shares;
};
RandomLookup lookup_receive_random(Party& party, const LookupFunction& function, std::size_t count);

/// Bytes of step 1 and of the messages of `count` lookups; the demand is `count` 1-of-2^k OTs of the sender.
std::size_t lookup_choice_bytes(int choice_bits, std::size_t count);
std::size_t lookup_message_bytes(int choice_bits, LookupFunction::Outputs outputs, std::size_t count);

}  // namespace privquant
