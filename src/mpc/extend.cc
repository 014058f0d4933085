#include "mpc/extend.h"

#include "mpc/bit_product.h"
#include "mpc/public_constant.h"
#include "mpc/wrap_number.h"

namespace privquant {

RingTensor wrap_from_msb(Party& party, const RingTensor& x, KnownMsb msb, Width width) {
  PQ_CHECK(msb != KnownMsb::unknown);
  // msb 1: w = msb0 ∧ msb1. msb 0: w = 1 − (1 − msb0)(1 − msb1).
  const RingTensor own = msb == KnownMsb::one ? sign_bits(x) : add_constant(sign_bits(x), 1);
  RingTensor product =
      std::move(bit_products(party, {{party.is_server() ? convert(own, width) : own, width}})[0]);
  return msb == KnownMsb::one ? product : add_public(party, negate(product), 1);
}

RingTensor zero_extend(Party& party, const RingTensor& x, Width to, KnownMsb msb) {
  const int from_bits = x.width().bits();
  PQ_CHECK(to >= x.width());
  if (to == x.width()) return x;
  const Width wrap_width(to.bits() - from_bits);
  const RingTensor w =
      msb == KnownMsb::unknown ? wrap_number(party, x, wrap_width) : wrap_from_msb(party, x, msb, wrap_width);
  return subtract(convert(x, to), shift_left(convert(w, to), from_bits));
}

RingTensor sign_extend(Party& party, const RingTensor& x, Width to, KnownMsb msb) {
  const std::uint64_t half = x.width().sign_bit();
  // Moving by 2^(m−1) turns the top bit over.
  const KnownMsb moved = msb == KnownMsb::unknown ? msb
                         : msb == KnownMsb::zero  ? KnownMsb::one
                                                  : KnownMsb::zero;
  return add_public(party, zero_extend(party, add_public(party, x, half), to, moved), 0 - half);
}

void cost_extend(Cost& cost, Width from, Width to, std::size_t count, KnownMsb msb) {
  if (to == from) return;
  const Width wrap_width(to.bits() - from.bits());
  if (msb == KnownMsb::unknown) {
    cost_wrap_number(cost, from, wrap_width, count);
  } else {
    cost_bit_products(cost, {{wrap_width, count}});
  }
}

}  // namespace privquant
