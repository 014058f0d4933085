#include "mpc/multiplex.h"

#include "ot/cot.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

// bits · numbers, both this party's own.
RingTensor gated(const RingTensor& bits, const RingTensor& numbers) {
  return multiply(convert(bits, numbers.width()), numbers);
}

}  // namespace

std::vector<RingTensor> multiplex(Party& party, const RingTensor& bits,
                                  const std::vector<RingTensor>& numbers) {
  std::vector<CotReceiver> receivers;
  for (std::size_t i = 0; i < numbers.size(); ++i) receivers.emplace_back(party, bits);
  std::vector<RingTensor> results;
  for (const RingTensor& x : numbers) {
    const RingTensor own = gated(bits, x);
    // x·(1 − 2b) is what the other party's bit adds.
    RingTensor sent = cot_send(party, subtract(x, shift_left(own, 1)));
    add_in_place(sent, own);
    results.push_back(std::move(sent));
  }
  for (std::size_t i = 0; i < numbers.size(); ++i)
    add_in_place(results[i], receivers[i].finish(party, numbers[i].width()));
  return results;
}

RingTensor multiplex(Party& party, const RingTensor& bits, const RingTensor& x) {
  return std::move(multiplex(party, bits, std::vector{x})[0]);
}

std::vector<RingTensor> select(Party& party, const RingTensor& bits, const std::vector<RingTensor>& x,
                               const std::vector<RingTensor>& y) {
  PQ_CHECK(x.size() == y.size());
  std::vector<RingTensor> differences;
  for (std::size_t i = 0; i < x.size(); ++i) differences.push_back(subtract(x[i], y[i]));
  std::vector<RingTensor> results = multiplex(party, bits, differences);
  for (std::size_t i = 0; i < y.size(); ++i) add_in_place(results[i], y[i]);
  return results;
}

void cost_multiplex(Cost& cost, const std::vector<Width>& widths, std::size_t count) {
  std::size_t choices = 0;
  std::size_t messages = 0;
  for (const Width width : widths) {
    cost.demand.ots(Role::server, 1) += count;
    cost.demand.ots(Role::client, 1) += count;
    choices += cot_choice_bytes(count);
    messages += cot_message_bytes(width, count);
  }
  cost.exchange(choices, choices);
  cost.exchange(messages, messages);
}

void cost_multiplex(Cost& cost, Width width, std::size_t count) {
  cost_multiplex(cost, std::vector{width}, count);
}

}  // namespace privquant
