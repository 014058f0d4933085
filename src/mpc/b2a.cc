#include "mpc/b2a.h"

#include "ring/arithmetic.h"

namespace privquant {

BitProduct b2a_operand(const Party& party, const B2aRequest& request) {
  PQ_CHECK(request.bits.width() == bit_width && request.width != bit_width);
  const Width width(request.width.bits() - 1);
  return {party.is_server() ? convert(request.bits, width) : request.bits, width};
}

RingTensor b2a_result(const B2aRequest& request, const RingTensor& product) {
  return subtract(convert(request.bits, request.width), shift_left(convert(product, request.width), 1));
}

std::vector<RingTensor> b2a(Party& party, const std::vector<B2aRequest>& requests) {
  std::vector<BitProduct> products;
  for (const B2aRequest& request : requests) {
    if (request.width != bit_width) products.push_back(b2a_operand(party, request));
  }
  const std::vector<RingTensor> shares = bit_products(party, products);
  std::vector<RingTensor> results;
  results.reserve(requests.size());
  auto share = shares.begin();
  for (const B2aRequest& request : requests)
    results.push_back(request.width == bit_width ? request.bits : b2a_result(request, *share++));
  return results;
}

RingTensor b2a(Party& party, const RingTensor& bits, Width width) {
  return std::move(b2a(party, {B2aRequest{bits, width}})[0]);
}

void cost_b2a(Cost& cost, const std::vector<B2aSize>& requests) {
  std::vector<BitProductSize> products;
  for (const auto& [width, count] : requests) {
    if (width != bit_width) products.push_back({Width(width.bits() - 1), count});
  }
  cost_bit_products(cost, products);
}

}  // namespace privquant
