#include "ot/chosen_ot.h"

#include <bit>

#include "ot/wire.h"

namespace privquant {

void chosen_ot_send(Party& party, const std::vector<RingTensor>& messages) {
  PQ_CHECK(messages.size() >= 2 && std::has_single_bit(messages.size()));
  const int choice_bits = std::countr_zero(messages.size());
  const std::size_t count = messages[0].size();
  const RingTensor corrections = receive_tensor(party.channel, Width(choice_bits), count);
  const PadsSender drawn = party.correlations.draw_pads_sender(choice_bits, count);
  for (std::size_t v = 0; v < messages.size(); ++v) {
    PQ_CHECK(messages[v].size() == count && messages[v].width() == messages[0].width());
    RingTensor masked(messages[v].width(), count);
    for (std::size_t i = 0; i < count; ++i)
      masked.set(i, messages[v].get(i) ^ drawn.pads[(v ^ corrections.get(i)) * count + i]);
    send_tensor(party.channel, masked);
  }
}

RingTensor chosen_ot_receive(Party& party, int choice_bits, Width width,
                             std::span<const std::uint8_t> choices) {
  const std::size_t count = choices.size();
  const PadsReceiver drawn = party.correlations.draw_pads_receiver(choice_bits, count);
  RingTensor corrections(Width(choice_bits), count);
  for (std::size_t i = 0; i < count; ++i) {
    PQ_CHECK(choices[i] >> choice_bits == 0);
    corrections.set(i, choices[i] ^ drawn.choices[i]);
  }
  send_tensor(party.channel, corrections);
  RingTensor result(width, count);
  for (std::size_t v = 0; v < (std::size_t{1} << choice_bits); ++v) {
    const RingTensor masked = receive_tensor(party.channel, width, count);
    for (std::size_t i = 0; i < count; ++i) {
      if (choices[i] == v) result.set(i, masked.get(i) ^ drawn.chosen[i]);
    }
  }
  return result;
}

void cost_chosen_ot(Cost& cost, Role sender, int choice_bits, Width width, std::size_t count) {
  cost.demand.ots(sender, choice_bits) += count;
  cost.message(other(sender), Width(choice_bits).packed_bytes(count));
  cost.message(sender, (std::size_t{1} << choice_bits) * width.packed_bytes(count));
}

}  // namespace privquant
