#include "ot/lookup.h"

#include <algorithm>

#include "ot/lookup_kernels.h"
#include "ot/wire.h"
#include "ring/pack.h"

namespace privquant {
namespace {

// OTs that are hashed at a time: their pads stay in the second-level cache. A multiple of 8, so that packed
// chunks join without a gap.
std::size_t chunk_ots(int choice_bits) { return choice_bits <= 4 ? 2048 : std::size_t{32768} >> choice_bits; }

RingTensor part(const std::optional<Width>& width, std::size_t count) {
  return {width.value_or(bit_width), width ? count : 0};
}
std::optional<Width> boolean_width(const LookupFunction::Outputs& outputs) {
  return outputs.boolean_bits > 0 ? std::optional(Width(outputs.boolean_bits)) : std::nullopt;
}
LookupShares empty_shares(const LookupFunction::Outputs& outputs, std::size_t count) {
  return {part(boolean_width(outputs), count), part(outputs.number, count)};
}

void send_packed(Party& party, const RingTensor& messages, SecretVector<std::uint8_t>& buffer) {
  buffer.resize(messages.width().packed_bytes(messages.size()));
  pack(messages, 0, messages.size(), buffer);
  party.channel.send(buffer);
}

// `corrections` is null where the receiver's choices are the random ones.
LookupShares send_all(Party& party, const LookupFunction& function, const RingTensor& numbers,
                      const RingTensor* corrections, OtUse use = OtUse::fresh) {
  PQ_CHECK(numbers.width().bits() == function.number_bits());
  const auto& outputs = function.outputs();
  LookupShares shares = empty_shares(outputs, numbers.size());
  const std::size_t chunk = chunk_ots(function.choice_bits());
  SecretVector<std::uint8_t> buffer;
  SecretVector<std::uint32_t> at(chunk);  // the entry that u = 0 reads; u reads at ⊕ u
  for (std::size_t begin = 0; begin < numbers.size(); begin += chunk) {
    const std::size_t count = std::min(chunk, numbers.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      at[i] = static_cast<std::uint32_t>(numbers.get(begin + i) << function.choice_bits()) |
              (corrections != nullptr ? corrections->words<std::uint8_t>()[begin + i] : 0U);
    }
    const PadsSender drawn = party.correlations.draw_pads_sender(function.choice_bits(), count, use);
    const MaskedEntries masked{function.entries(), {at.data(), count}, drawn.pads, function.values()};
    if (!shares.bits.empty()) {
      RingTensor messages(shares.bits.width(), (function.values() - 1) * count);
      mask_as_bits(masked, shares.bits, begin, messages);
      send_packed(party, messages, buffer);
    }
    if (!shares.numbers.empty()) {
      RingTensor messages(shares.numbers.width(), (function.values() - 1) * count);
      mask_as_numbers(masked, outputs.boolean_bits, shares.numbers, begin, messages);
      send_packed(party, messages, buffer);
    }
  }
  return shares;
}

// x ⊕ ρ.
RingTensor masked_by(const SecretVector<std::uint8_t>& random, const RingTensor& choices) {
  RingTensor masked(choices.width(), choices.size());
  const auto in = choices.words<std::uint8_t>();
  const auto out = masked.words<std::uint8_t>();
  for (std::size_t i = 0; i < choices.size(); ++i) out[i] = in[i] ^ random[i];
  return masked;
}

// The message of value ρ of every OT, value-major; message 0 is zero and not there.
template <typename Word>
Word chosen_message(std::span<const Word> messages, std::size_t random_choice, std::size_t index,
                    std::size_t count) {
  return random_choice == 0 ? Word{0} : messages[(random_choice - 1) * count + index];
}

LookupShares receive_all(Party& party, const LookupFunction& function, const PadsReceiver& pads) {
  const auto& outputs = function.outputs();
  const std::size_t size = pads.choices.size();
  LookupShares shares = empty_shares(outputs, size);
  SecretVector<std::uint8_t> buffer;
  const auto receive = [&](RingTensor& share, std::size_t begin, std::size_t count, auto&& unmask) {
    if (share.empty()) return;
    RingTensor messages(share.width(), (function.values() - 1) * count);
    buffer.resize(messages.width().packed_bytes(messages.size()));
    party.channel.receive(buffer);
    unpack(buffer, messages, 0, messages.size());
    share.with_word([&]<typename Word>(std::type_identity<Word>) {
      const auto mask = static_cast<Word>(share.width().mask());
      const auto in = static_cast<const RingTensor&>(messages).words<Word>();
      const auto out = share.words<Word>().subspan(begin, count);
      for (std::size_t i = 0; i < count; ++i) {
        const Word message = chosen_message<Word>(in, pads.choices[begin + i], i, count);
        out[i] = static_cast<Word>(unmask(std::uint64_t{message}, pads.chosen[begin + i])) & mask;
      }
    });
  };
  const std::size_t chunk = chunk_ots(function.choice_bits());
  for (std::size_t begin = 0; begin < size; begin += chunk) {
    const std::size_t count = std::min(chunk, size - begin);
    receive(shares.bits, begin, count,
            [](std::uint64_t message, std::uint64_t pad) { return message ^ pad; });
    receive(shares.numbers, begin, count, [&](std::uint64_t message, std::uint64_t pad) {
      return message + (pad >> outputs.boolean_bits);
    });
  }
  return shares;
}

}  // namespace

void LookupFunction::check() const {
  PQ_CHECK(choice_bits_ >= 1 && choice_bits_ <= max_choice_bits);
  PQ_CHECK(number_bits_ >= 1 && number_bits_ <= 16);
  PQ_CHECK(outputs_.boolean_bits >= 0 && outputs_.boolean_bits <= 8);
  // Both outputs are masked by disjoint bits of one pad.
  PQ_CHECK(outputs_.boolean_bits + (outputs_.number ? outputs_.number->bits() : 0) <= 64);
}

LookupReceiver::LookupReceiver(Party& party, const LookupFunction& function, const RingTensor& choices)
    : function_(function),
      pads_(party.correlations.draw_pads_receiver(function.choice_bits(), choices.size())) {
  PQ_CHECK(choices.width().bits() == function.choice_bits());
  send_tensor(party.channel, masked_by(pads_.choices, choices));
}

LookupReceiver::LookupReceiver(Party& party, const LookupFunction& function, std::size_t count)
    : function_(function),
      pads_(party.correlations.draw_pads_receiver(function.choice_bits(), count, OtUse::claimed)) {}

void send_choices_ahead(Party& party, const RingTensor& choices, std::size_t skipped) {
  const auto random = party.correlations.claim_receiver(choices.width().bits(), skipped, choices.size());
  send_tensor(party.channel, masked_by(random, choices));
}

RingTensor receive_choices_ahead(Party& party, Width choice_bits, std::size_t count, std::size_t skipped) {
  party.correlations.claim_sender(choice_bits.bits(), skipped, count);
  return receive_tensor(party.channel, choice_bits, count);
}

LookupShares LookupReceiver::finish(Party& party) { return receive_all(party, function_, pads_); }

LookupShares lookup_send(Party& party, const LookupFunction& function, const RingTensor& numbers) {
  const RingTensor masked_choices =
      receive_tensor(party.channel, Width(function.choice_bits()), numbers.size());
  return send_all(party, function, numbers, &masked_choices);
}

LookupShares lookup_send(Party& party, const LookupFunction& function, const RingTensor& numbers,
                         const RingTensor& masked_choices) {
  PQ_CHECK(masked_choices.width().bits() == function.choice_bits());
  PQ_CHECK(masked_choices.size() == numbers.size());
  return send_all(party, function, numbers, &masked_choices, OtUse::claimed);
}

LookupShares lookup_send_random(Party& party, const LookupFunction& function, const RingTensor& numbers) {
  return send_all(party, function, numbers, nullptr);
}

RandomLookup lookup_receive_random(Party& party, const LookupFunction& function, std::size_t count) {
  PadsReceiver pads = party.correlations.draw_pads_receiver(function.choice_bits(), count);
  LookupShares shares = receive_all(party, function, pads);
  return {std::move(pads.choices), std::move(shares)};
}

std::size_t lookup_choice_bytes(int choice_bits, std::size_t count) {
  return Width(choice_bits).packed_bytes(count);
}

std::size_t lookup_message_bytes(int choice_bits, LookupFunction::Outputs outputs, std::size_t count) {
  const std::size_t messages = ((std::size_t{1} << choice_bits) - 1) * count;
  std::size_t bytes = 0;
  if (outputs.boolean_bits > 0) bytes += Width(outputs.boolean_bits).packed_bytes(messages);
  if (outputs.number) bytes += outputs.number->packed_bytes(messages);
  return bytes;
}

}  // namespace privquant
