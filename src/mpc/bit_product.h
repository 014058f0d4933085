// Products of two private bits, or of a bit and a number, as arithmetic shares; many batches in two flights.
//
// Functionality  ⟨b·c⟩ in Z_{2^l} for the client's bit b and the server's number c, per request.
// Construction   one COT an element (ot/cot.h), the server as sender.
// Cost           1 + l bits, 2 rounds, whatever the number of requests; one random OT an element.
// Security       as COT.
#pragma once

#include <vector>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// What a party brings to one request: the client its bits (width 1), the server its numbers (width l).
struct BitProduct {
  RingTensor operand;
  Width width;  ///< l
};

std::vector<RingTensor> bit_products(Party& party, const std::vector<BitProduct>& requests);

struct BitProductSize {
  Width width;
  std::size_t count;
};
void cost_bit_products(Cost& cost, const std::vector<BitProductSize>& requests);

}  // namespace privquant
