#include "mpc/relu.h"

#include "mpc/millionaires.h"
#include "mpc/multiplex.h"
#include "mpc/public_constant.h"

namespace privquant {

RingTensor drelu(Party& party, const RingTensor& x) {
  RingTensor sign = sign_bits(x);
  if (x.width() != bit_width) add_in_place(sign, wrap(party, convert(x, Width(x.width().bits() - 1))));
  return add_public(party, sign, 1);
}

void cost_drelu(Cost& cost, Width width, std::size_t count) {
  if (width != bit_width) cost_wrap(cost, Width(width.bits() - 1), count);
}

RingTensor relu(Party& party, const RingTensor& x, Width to) {
  PQ_CHECK(to <= x.width());
  return multiplex(party, drelu(party, x), convert(x, to));
}

void cost_relu(Cost& cost, Width width, Width to, std::size_t count) {
  cost_drelu(cost, width, count);
  cost_multiplex(cost, to, count);
}

RingTensor relu(Party& party, const RingTensor& x) { return relu(party, x, x.width()); }

void cost_relu(Cost& cost, Width width, std::size_t count) { cost_relu(cost, width, width, count); }

RingTensor clip_above(Party& party, const RingTensor& x, std::int64_t high) {
  const auto constant = static_cast<std::uint64_t>(high);
  const RingTensor room = add_public(party, negate(x), constant);
  return add_public(party, negate(relu(party, room)), constant);
}

RingTensor clip_below(Party& party, const RingTensor& x, std::int64_t low) {
  const auto constant = static_cast<std::uint64_t>(low);
  return add_public(party, relu(party, add_public(party, x, 0 - constant)), constant);
}

}  // namespace privquant
