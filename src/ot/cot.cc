#include "ot/cot.h"

#include <algorithm>

#include "ot/prices.h"
#include "ot/wire.h"
#include "ring/pack.h"

namespace privquant {
namespace {

constexpr std::size_t chunk_ots = 4096;  // pads of a chunk stay in the second-level cache

RingTensor corrections_of(const RingTensor& bits, std::span<const std::uint8_t> choices) {
  PQ_CHECK(bits.width() == bit_width);
  RingTensor corrections(bit_width, bits.size());
  const auto in = bits.words<std::uint8_t>();
  const auto out = corrections.words<std::uint8_t>();
  for (std::size_t i = 0; i < bits.size(); ++i) out[i] = in[i] ^ choices[i];
  return corrections;
}

// One chunk of the sender: its shares and its messages from both pads and the corrections.
template <typename Word>
void send_words(std::span<const Word> numbers, std::span<const Block> zero, std::span<const Block> one,
                std::span<const std::uint8_t> corrections, Word mask, std::span<Word> share,
                std::span<Word> messages) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::uint64_t swap = (zero[i].low ^ one[i].low) & (0 - std::uint64_t{corrections[i]});
    const std::uint64_t p0 = zero[i].low ^ swap;
    const std::uint64_t p1 = one[i].low ^ swap;
    share[i] = static_cast<Word>(0 - p0) & mask;
    messages[i] = static_cast<Word>(p0 + numbers[i] - p1) & mask;
  }
}

// Products that share a random OT, by the least bits a product.
int products_together(const ProtocolChoices& choices, Width width) {
  int best = 1;
  if (!choices.joint_products) return best;
  const auto bits = [&](int together) {
    const std::size_t messages = ((std::size_t{1} << together) - 1) * static_cast<std::size_t>(together);
    const double of_group = random_ot_bits(choices.extension, together) + together +
                            static_cast<double>(messages * static_cast<std::size_t>(width.bits()));
    return of_group / together;
  };
  for (int together = 2; together <= 4 && together * width.bits() <= 64; ++together) {
    if (bits(together) < bits(best)) best = together;
  }
  return best;
}

}  // namespace

CotReceiver::CotReceiver(Party& party, const RingTensor& bits, Width width)
    : width_(width), bits_(bit_width, 0) {
  const int together = products_together(party.choices, width);
  if (together > 1) {
    joint_.emplace(party, bits, width, together);
    return;
  }
  bits_ = bits;
  pads_ = party.correlations.draw_seeds_receiver(bits.size());
  send_tensor(party.channel, corrections_of(bits_, pads_.choices));
}

RingTensor CotReceiver::finish(Party& party) {
  if (joint_) return joint_->finish(party);
  const Width width = width_;
  RingTensor share = receive_tensor(party.channel, width, bits_.size());
  const auto bits = bits_.words<std::uint8_t>();
  share.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto mask = static_cast<Word>(width.mask());
    const auto words = share.words<Word>();
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto taken = static_cast<Word>(words[i] & static_cast<Word>(0 - Word{bits[i]}));
      words[i] = static_cast<Word>(pads_.chosen[i].low + taken) & mask;
    }
  });
  return share;
}

RingTensor cot_send(Party& party, const RingTensor& numbers) {
  const Width width = numbers.width();
  const int together = products_together(party.choices, width);
  if (together > 1) return joint_cot_send(party, numbers, together);
  const RingTensor corrections = receive_tensor(party.channel, bit_width, numbers.size());
  RingTensor share(width, numbers.size());
  SecretVector<std::uint8_t> buffer;
  numbers.with_word([&]<typename Word>(std::type_identity<Word>) {
    for (std::size_t begin = 0; begin < numbers.size(); begin += chunk_ots) {
      const std::size_t count = std::min(chunk_ots, numbers.size() - begin);
      const SeedPadsSender pads = party.correlations.draw_seeds_sender(count);
      RingTensor messages(width, count);
      send_words<Word>(numbers.words<Word>().subspan(begin, count), pads.zero, pads.one,
                       corrections.words<std::uint8_t>().subspan(begin, count),
                       static_cast<Word>(width.mask()), share.words<Word>().subspan(begin, count),
                       messages.words<Word>());
      buffer.resize(width.packed_bytes(count));
      pack(messages, 0, count, buffer);
      party.channel.send(buffer);
    }
  });
  return share;
}

CotCost cot_cost(const ProtocolChoices& choices, Width width, std::size_t count) {
  const int together = products_together(choices, width);
  const std::size_t ots = ceil_div(count, static_cast<std::size_t>(together));
  const std::size_t messages =
      together == 1 ? count : ots * ((std::size_t{1} << together) - 1) * static_cast<std::size_t>(together);
  return {together, ots, Width(together).packed_bytes(ots), width.packed_bytes(messages)};
}

}  // namespace privquant
