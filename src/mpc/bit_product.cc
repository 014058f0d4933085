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
  for (const BitProduct& request : requests) receivers.emplace_back(party, request.operand);
  for (std::size_t i = 0; i < requests.size(); ++i)
    shares.push_back(receivers[i].finish(party, requests[i].width));
  return shares;
}

void cost_bit_products(Cost& cost, const std::vector<BitProductSize>& requests) {
  std::size_t choices = 0;
  std::size_t messages = 0;
  for (const auto& [width, count] : requests) {
    cost.demand.ots(Role::server, 1) += count;
    choices += cot_choice_bytes(count);
    messages += cot_message_bytes(width, count);
  }
  cost.message(Role::client, choices);
  cost.message(Role::server, messages);
}

}  // namespace privquant
