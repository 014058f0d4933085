#include "mpc/truncate.h"

#include "mpc/b2a.h"
#include "mpc/bit_product.h"
#include "mpc/millionaires.h"
#include "mpc/public_constant.h"
#include "mpc/wrap_number.h"
#include "ot/prices.h"

namespace privquant {
namespace {

RingTensor low_bits(const RingTensor& x, int shift) { return convert(x, Width(shift)); }

// In the ring of x throughout, or down to a narrow one and up again.
enum class Way { whole, reduced };

void cost_whole(Cost& cost, Width width, int shift, std::size_t count, KnownMsb msb) {
  if (msb == KnownMsb::unknown) {
    cost_less_than_split(cost, width, shift, count);
    cost_b2a(cost, {{width, count}, {Width(shift), count}});
  } else {
    cost_wrap_number(cost, Width(shift), width, count);
    cost_bit_products(cost, {{Width(shift), count}});
  }
}

void cost_reduced(Cost& cost, Width width, int shift, std::size_t count, KnownMsb msb) {
  cost_truncate_reduce(cost, width, shift, count);
  cost_extend(cost, Width(width.bits() - shift), width, count, msb);
}

Way cheapest(const ProtocolChoices& choices, Width width, int shift, std::size_t count, KnownMsb msb) {
  // With IKNP the constructions are the papers'.
  if (choices.extension == OtExtension::iknp) return Way::whole;
  const auto price = [&](auto add_cost) {
    return price_per_element(choices, count, [&](Cost& cost, std::size_t elements) {
      add_cost(cost, width, shift, elements, msb);
    });
  };
  return price(cost_reduced) < price(cost_whole) ? Way::reduced : Way::whole;
}

}  // namespace

RingTensor truncate_reduce(Party& party, const RingTensor& x, int shift) {
  if (shift == 0) return x;
  const Width to(x.width().bits() - shift);
  return add(convert(shift_right(x, shift), to), wrap_number(party, low_bits(x, shift), to));
}

std::vector<TwoWayLookup> truncate_reduce_lookups(const Party& party, const RingTensor& x, int shift) {
  if (shift == 0) return {};
  return wrap_number_lookups(party, low_bits(x, shift), Width(x.width().bits() - shift));
}

void cost_truncate_reduce(Cost& cost, Width width, int shift, std::size_t count) {
  if (shift == 0) return;
  cost_wrap_number(cost, Width(shift), Width(width.bits() - shift), count);
}

RingTensor truncate_logical(Party& party, const RingTensor& x, int shift, KnownMsb msb) {
  if (shift == 0) return x;
  const Width width = x.width();
  if (cheapest(party.choices, width, shift, x.size(), msb) == Way::reduced)
    return zero_extend(party, truncate_reduce(party, x, shift), width, msb);
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
  if (cheapest(cost.choices, width, shift, count, msb) == Way::reduced) {
    cost_reduced(cost, width, shift, count, msb);
  } else {
    cost_whole(cost, width, shift, count, msb);
  }
}

}  // namespace privquant
