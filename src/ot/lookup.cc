#include "ot/lookup.h"

#include <algorithm>

#include "ot/wire.h"
#include "ring/pack.h"

namespace privquant {
namespace {

// OTs that are hashed at a time: their 16 pads of 8 bytes stay in the second-level cache.
constexpr std::size_t chunk_ots = 2048;

std::size_t values_of(const DigitFunction& function) { return std::size_t{1} << function.choice_bits; }

// Sends the messages of OTs [begin, begin + count) and returns the sender's shares in `share`.
// `corrections` is null where the receiver's digits are the random ones.
void send_chunk(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits,
                const std::uint8_t* corrections, std::uint8_t* share, SecretVector<std::uint8_t>& buffer) {
  const std::size_t count = digits.size();
  const std::size_t values = values_of(function);
  const Width width(function.output_bits);
  const auto mask = static_cast<std::uint8_t>(width.mask());
  const PadsSender drawn = party.correlations.draw_pads_sender(function.choice_bits, count);
  RingTensor messages(width, (values - 1) * count);
  const auto out = messages.words<std::uint8_t>();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t correction = corrections != nullptr ? corrections[i] : 0;
    const auto& row = function.value[digits[i]];
    const auto pad = [&](std::size_t v) {
      return static_cast<std::uint8_t>(drawn.pads[(v ^ correction) * count + i]);
    };
    share[i] = static_cast<std::uint8_t>(row[0] ^ pad(0)) & mask;
    for (std::size_t v = 1; v < values; ++v)
      out[(v - 1) * count + i] = static_cast<std::uint8_t>(row[v] ^ share[i] ^ pad(v)) & mask;
  }
  buffer.resize(width.packed_bytes(messages.size()));
  pack(messages, 0, messages.size(), buffer);
  party.channel.send(buffer);
}

RingTensor send_all(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits,
                    const RingTensor* corrections) {
  RingTensor share(Width(function.output_bits), digits.size());
  SecretVector<std::uint8_t> buffer;
  for (std::size_t begin = 0; begin < digits.size(); begin += chunk_ots) {
    const std::size_t count = std::min(chunk_ots, digits.size() - begin);
    send_chunk(party, function, digits.subspan(begin, count),
               corrections != nullptr ? corrections->words<std::uint8_t>().data() + begin : nullptr,
               share.words<std::uint8_t>().data() + begin, buffer);
  }
  return share;
}

// digits[i]: which message the receiver reads; pads[i]: what unmasks it.
RingTensor receive_all(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits,
                       std::span<const std::uint64_t> pads) {
  const Width width(function.output_bits);
  const auto mask = static_cast<std::uint8_t>(width.mask());
  RingTensor share(width, digits.size());
  const auto out = share.words<std::uint8_t>();
  SecretVector<std::uint8_t> buffer;
  for (std::size_t begin = 0; begin < digits.size(); begin += chunk_ots) {
    const std::size_t count = std::min(chunk_ots, digits.size() - begin);
    RingTensor messages(width, (values_of(function) - 1) * count);
    buffer.resize(width.packed_bytes(messages.size()));
    party.channel.receive(buffer);
    unpack(buffer, messages, 0, messages.size());
    const auto in = messages.words<std::uint8_t>();
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t digit = digits[begin + i];
      const std::uint8_t message = digit == 0 ? std::uint8_t{0} : in[(digit - 1) * count + i];
      out[begin + i] = static_cast<std::uint8_t>(message ^ pads[begin + i]) & mask;
    }
  }
  return share;
}

}  // namespace

LookupReceiver::LookupReceiver(Party& party, const DigitFunction& function,
                               std::span<const std::uint8_t> digits)
    : function_(function),
      digits_(digits.begin(), digits.end()),
      pads_(party.correlations.draw_pads_receiver(function.choice_bits, digits.size())) {
  RingTensor corrections(Width(function.choice_bits), digits.size());
  const auto out = corrections.words<std::uint8_t>();
  for (std::size_t i = 0; i < digits.size(); ++i) {
    PQ_CHECK(digits[i] < values_of(function));
    out[i] = digits[i] ^ pads_.choices[i];
  }
  send_tensor(party.channel, corrections);
}

RingTensor LookupReceiver::finish(Party& party) {
  return receive_all(party, function_, digits_, pads_.chosen);
}

RingTensor lookup_send(Party& party, const DigitFunction& function, std::span<const std::uint8_t> digits) {
  const RingTensor corrections = receive_tensor(party.channel, Width(function.choice_bits), digits.size());
  return send_all(party, function, digits, &corrections);
}

RingTensor lookup_send_random(Party& party, const DigitFunction& function,
                              std::span<const std::uint8_t> digits) {
  return send_all(party, function, digits, nullptr);
}

RandomLookup lookup_receive_random(Party& party, const DigitFunction& function, std::size_t count) {
  PadsReceiver pads = party.correlations.draw_pads_receiver(function.choice_bits, count);
  RingTensor share = receive_all(party, function, pads.choices, pads.chosen);
  return {std::move(pads.choices), std::move(share)};
}

std::size_t lookup_choice_bytes(const DigitFunction& function, std::size_t count) {
  return Width(function.choice_bits).packed_bytes(count);
}

std::size_t lookup_message_bytes(const DigitFunction& function, std::size_t count) {
  return Width(function.output_bits).packed_bytes((values_of(function) - 1) * count);
}

}  // namespace privquant
