#include "mpc/wrap_number.h"

#include "mpc/b2a.h"
#include "mpc/bit_product.h"
#include "mpc/millionaires.h"
#include "mpc/two_way_lookup.h"
#include "ot/prices.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

enum class Construction { boolean, product, lookup };

void cost_boolean(Cost& cost, Width width, Width to, std::size_t count) {
  cost_wrap(cost, width, count);
  cost_b2a(cost, {{to, count}});
}

void cost_lookup(Cost& cost, Width width, Width to, std::size_t count) {
  cost_two_way_lookups(cost, {{width.bits(), {0, to}, count}});
}

Construction cheapest(const ProtocolChoices& choices, Width width, Width to, std::size_t count) {
  if (!choices.joint_products) return Construction::boolean;
  if (width == bit_width) return Construction::product;
  if (width.bits() > choices.digit_bits) return Construction::boolean;
  const auto price = [&](auto add_cost) {
    return price_per_element(choices, count,
                             [&](Cost& cost, std::size_t elements) { add_cost(cost, width, to, elements); });
  };
  return price(cost_lookup) < price(cost_boolean) ? Construction::lookup : Construction::boolean;
}

TwoWayLookup number_lookup(const RingTensor& x, Width to) {
  const int bits = x.width().bits();
  return {bits, {0, to}, [&](unsigned y, unsigned v) { return (y + v) >> bits; }, x};
}

}  // namespace

RingTensor wrap_number(Party& party, const RingTensor& x, Width to) {
  switch (cheapest(party.choices, x.width(), to, x.size())) {
    case Construction::product:
      return std::move(bit_products(party, {{party.is_server() ? convert(x, to) : x, to}})[0]);
    case Construction::lookup:
      return std::move(two_way_lookups(party, {number_lookup(x, to)})[0].numbers);
    default:
      return b2a(party, wrap(party, x), to);
  }
}

std::vector<TwoWayLookup> wrap_number_lookups(const Party& party, const RingTensor& x, Width to) {
  switch (cheapest(party.choices, x.width(), to, x.size())) {
    case Construction::product:
      return {};
    case Construction::lookup:
      return {number_lookup(x, to)};
    default:
      return wrap_lookups(party, x);
  }
}

void cost_wrap_number(Cost& cost, Width width, Width to, std::size_t count) {
  switch (cheapest(cost.choices, width, to, count)) {
    case Construction::product:
      return cost_bit_products(cost, {{to, count}});
    case Construction::lookup:
      return cost_lookup(cost, width, to, count);
    default:
      return cost_boolean(cost, width, to, count);
  }
}

}  // namespace privquant
