#include "mpc/saturate.h"

#include "mpc/b2a.h"
#include "mpc/public_constant.h"
#include "mpc/relu.h"

namespace privquant {

RingTensor saturate(Party& party, const RingTensor& x) {
  const RingTensor msb = add_public(party, drelu(party, x), 1);
  return subtract(x, b2a(party, msb, x.width()));
}

void cost_saturate(Cost& cost, Width width, std::size_t count) {
  cost_drelu(cost, width, count);
  cost_b2a(cost, {{width, count}});
}

}  // namespace privquant
