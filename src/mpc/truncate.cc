#include "mpc/truncate.h"

#include "mpc/b2a.h"
#include "mpc/bit_product.h"
#include "mpc/millionaires.h"
#include "mpc/public_constant.h"
#include "mpc/wrap_number.h"

namespace privquant {
namespace {

RingTensor low_bits(const RingTensor& x, int shift) { return convert(x, Width(shift)); }

}  // namespace

RingTensor truncate_reduce(Party& party, const RingTensor& x, int shift) {
  if (shift == 0) return x;
  const Width to(x.width().bits() - shift);
  return add(convert(shift_right(x, shift), to), wrap_number(party, low_bits(x, shift), to));
}

void cost_truncate_reduce(Cost& cost, Width width, int shift, std::size_t count) {
  if (shift == 0) return;
  cost_wrap_number(cost, Width(shift), Width(width.bits() - shift), count);
}

RingTensor truncate_logical(Party& party, const RingTensor& x, int shift, KnownMsb msb) {
  if (shift == 0) return x;
  const Width width = x.width();
  RingTensor result = shift_right(x, shift);
  const auto lower_top = [&](const RingTensor& w) {
    subtract_in_place(result, shift_left(convert(w, width), width.bits() - shift));
  };
  if (msb == KnownMsb::unknown) {
    SplitComparison wraps = less_than_split(party, wrap_operand(party.role, x), shift);
    const auto shares = b2a(party, {{std::move(wraps.low), width}, {std::move(wraps.whole), Width(shift)}});
    add_in_place(result, shares[0]);
    lower_top(shares[1]);
  } else {
    add_in_place(result, wrap_number(party, low_bits(x, shift), width));
    lower_top(wrap_from_msb(party, x, msb, Width(shift)));
  }
  return result;
}

RingTensor truncate_arithmetic(Party& party, const RingTensor& x, int shift, KnownMsb msb) {
  if (shift == 0) return x;
  const std::uint64_t half = x.width().sign_bit();
  const KnownMsb moved = msb == KnownMsb::unknown ? msb
                         : msb == KnownMsb::zero  ? KnownMsb::one
                                                  : KnownMsb::zero;
  return add_public(party, truncate_logical(party, add_public(party, x, half), shift, moved),
                    0 - (half >> shift));
}

void cost_truncate(Cost& cost, Width width, int shift, std::size_t count, KnownMsb msb) {
  if (shift == 0) return;
  if (msb == KnownMsb::unknown) {
    cost_less_than_split(cost, width, shift, count);
    cost_b2a(cost, {{width, count}, {Width(shift), count}});
  } else {
    cost_wrap_number(cost, Width(shift), width, count);
    cost_bit_products(cost, {{Width(shift), count}});
  }
}

}  // namespace privquant
