// Choice by a shared bit.
//
// Functionality  ⟨b·x⟩ <- multiplex(⟨b⟩ boolean, ⟨x⟩), x in Z_{2^l}; select: ⟨b ? x : y⟩.
// Construction   b·x = Σ_i (b_i·x_i + b_{1−i}·x_i·(1 − 2·b_i)); the mixed products are one COT each way.
// Cost           2 + 2l bits, 2 rounds; one random OT each way.
// Source         CrypTFlow2 (arXiv 2010.06457, section 4.1), SiRNN (2105.04236) with COT.
// Security       as COT.
#pragma once

#include <vector>

#include "mpc/b2a.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

RingTensor multiplex(Party& party, const RingTensor& bits, const RingTensor& x);
void cost_multiplex(Cost& cost, Width width, std::size_t count);

/// What this party sends of one product, after both parties' CotReceivers of the bits. Its share is this one and
/// what its receiver gives.
RingTensor multiplex_send(Party& party, const RingTensor& bits, const RingTensor& x);

/// Several numbers chosen by the same bits, in the same two flights.
std::vector<RingTensor> multiplex(Party& party, const RingTensor& bits,
                                  const std::vector<RingTensor>& numbers);
void cost_multiplex(Cost& cost, const std::vector<Width>& widths, std::size_t count);

/// ⟨b·x⟩ and a conversion of other bits to more than one bit, in the same two flights.
struct MultiplexedAndConverted {
  RingTensor product;
  RingTensor converted;
};
MultiplexedAndConverted multiplex_and_b2a(Party& party, const RingTensor& bits, const RingTensor& x,
                                          const B2aRequest& request);
void cost_multiplex_and_b2a(Cost& cost, Width width, Width converted, std::size_t count);

/// bits ? x[i] : y[i], for every i.
std::vector<RingTensor> select(Party& party, const RingTensor& bits, const std::vector<RingTensor>& x,
                               const std::vector<RingTensor>& y);

}  // namespace privquant
