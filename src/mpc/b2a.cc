#include "mpc/b2a.h"

#include "mpc/bit_product.h"
#include "ring/arithmetic.h"

namespace privquant {

std::vector<RingTensor> b2a(Party& party, const std::vector<B2aRequest>& requests) {
  std::vector<BitProduct> products;
  for (const B2aRequest& request : requests) {
    PQ_CHECK(request.bits.width() == bit_width);
    if (request.width == bit_width) continue;
    const Width product_width(request.width.bits() - 1);
    products.push_back(
        {party.is_server() ? convert(request.bits, product_width) : request.bits, product_width});
  }
  const std::vector<RingTensor> shares = bit_products(party, products);
  std::vector<RingTensor> results;
  auto share = shares.begin();
  for (const B2aRequest& request : requests) {
    RingTensor result = convert(request.bits, request.width);
    if (request.width != bit_width)
      subtract_in_place(result, shift_left(convert(*share++, request.width), 1));
    results.push_back(std::move(result));
  }
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
