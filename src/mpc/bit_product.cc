#include "mpc/bit_product.h"

#include "ot/cot.h"

namespace privquant {

std::vector<RingTensor> bit_products(Party& party, const std::vector<BitProduct>& requests) {
  std::vector<RingTensor> shares;
  if (party.is_server()) {
    for (const BitProduct& request : requests) {
      PQ_CHECK(request.operand.width() == request.width);
      shares.push_back(cot_send(party, request.operand));
    }
    return shares;
  }
  std::vector<CotReceiver> receivers;
  receivers.reserve(requests.size());
  for (const BitProduct& request : requests) receivers.emplace_back(party, request.operand, request.width);
  for (CotReceiver& receiver : receivers) shares.push_back(receiver.finish(party));
  return shares;
}

void cost_bit_products(Cost& cost, const std::vector<BitProductSize>& requests) {
  std::size_t choices = 0;
  std::size_t messages = 0;
  for (const auto& [width, count] : requests) {
    const CotCost cot = cot_cost(cost.choices, width, count);
    cost.demand.ots(Role::server, cot.choice_bits) += cot.ots;
    choices += cot.choice_bytes;
    messages += cot.message_bytes;
  }
  cost.message(Role::client, choices);
  cost.message(Role::server, messages);
}

}  // namespace privquant
