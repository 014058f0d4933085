#include "mpc/multiplex.h"

#include <optional>

#include "ot/cot.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

// bits · numbers, both this party's own.
RingTensor gated(const RingTensor& bits, const RingTensor& numbers) {
  return multiply(convert(bits, numbers.width()), numbers);
}

}  // namespace

// The sender's part: x·(1 − 2b) is what the other party's bit adds to this party's b·x.
RingTensor multiplex_send(Party& party, const RingTensor& bits, const RingTensor& x) {
  const RingTensor own = gated(bits, x);
  RingTensor sent = cot_send(party, subtract(x, shift_left(own, 1)));
  add_in_place(sent, own);
  return sent;
}

std::vector<RingTensor> multiplex(Party& party, const RingTensor& bits,
                                  const std::vector<RingTensor>& numbers) {
  std::vector<CotReceiver> receivers;
  receivers.reserve(numbers.size());
  for (const RingTensor& x : numbers) receivers.emplace_back(party, bits, x.width());
  std::vector<RingTensor> results;
  results.reserve(numbers.size());
  for (const RingTensor& x : numbers) results.push_back(multiplex_send(party, bits, x));
  for (std::size_t i = 0; i < numbers.size(); ++i) add_in_place(results[i], receivers[i].finish(party));
  return results;
}

MultiplexedAndConverted multiplex_and_b2a(Party& party, const RingTensor& bits, const RingTensor& x,
                                          const B2aRequest& request) {
  PQ_CHECK(request.width != bit_width);
  const BitProduct conversion = b2a_operand(party, request);
  CotReceiver receiver(party, bits, x.width());
  std::optional<CotReceiver> product_receiver;
  if (!party.is_server()) product_receiver.emplace(party, conversion.operand, conversion.width);
  RingTensor multiplexed = multiplex_send(party, bits, x);
  RingTensor product(conversion.width, 0);
  if (party.is_server()) product = cot_send(party, conversion.operand);
  add_in_place(multiplexed, receiver.finish(party));
  if (product_receiver) product = product_receiver->finish(party);
  return {std::move(multiplexed), b2a_result(request, product)};
}

void cost_multiplex_and_b2a(Cost& cost, Width width, Width converted, std::size_t count) {
  const CotCost gated_cost = cot_cost(cost.choices, width, count);
  const CotCost product = cot_cost(cost.choices, Width(converted.bits() - 1), count);
  cost.demand.ots(Role::server, gated_cost.choice_bits) += gated_cost.ots;
  cost.demand.ots(Role::client, gated_cost.choice_bits) += gated_cost.ots;
  cost.demand.ots(Role::server, product.choice_bits) += product.ots;
  cost.exchange(gated_cost.choice_bytes, gated_cost.choice_bytes + product.choice_bytes);
  cost.exchange(gated_cost.message_bytes + product.message_bytes, gated_cost.message_bytes);
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
    const CotCost cot = cot_cost(cost.choices, width, count);
    cost.demand.ots(Role::server, cot.choice_bits) += cot.ots;
    cost.demand.ots(Role::client, cot.choice_bits) += cot.ots;
    choices += cot.choice_bytes;
    messages += cot.message_bytes;
  }
  cost.exchange(choices, choices);
  cost.exchange(messages, messages);
}

void cost_multiplex(Cost& cost, Width width, std::size_t count) {
  cost_multiplex(cost, std::vector{width}, count);
}

}  // namespace privquant
