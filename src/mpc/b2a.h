// Boolean to arithmetic shares.
//
// Functionality  ⟨b⟩ in Z_{2^l} <- b2a(⟨b⟩ boolean).
// Construction   b = b0 + b1 − 2·b0·b1, with one bit product of l − 1 bits (the factor 2 drops the top bit).
// Cost           1 + (l − 1) bits, 2 rounds; one random OT. Width 1 is free.
// Source         CrypTFlow2 (arXiv 2010.06457, section 4.2), with one bit less.
// Security       as bit_product.
#pragma once

#include <vector>

#include "mpc/bit_product.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

RingTensor b2a(Party& party, const RingTensor& bits, Width width);

struct B2aRequest {
  RingTensor bits;
  Width width;
};
/// Several conversions in the same two flights.
std::vector<RingTensor> b2a(Party& party, const std::vector<B2aRequest>& requests);

/// The two local steps around the product, for callers whose other messages share its flights; not for
/// width 1.
BitProduct b2a_operand(const Party& party, const B2aRequest& request);
RingTensor b2a_result(const B2aRequest& request, const RingTensor& product);

struct B2aSize {
  Width width;
  std::size_t count;
};
void cost_b2a(Cost& cost, const std::vector<B2aSize>& requests);

}  // namespace privquant
