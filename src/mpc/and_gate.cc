#include "mpc/and_gate.h"

#include <algorithm>

#include "ot/wire.h"
#include "ring/arithmetic.h"

namespace privquant {

RingTensor concatenate(std::span<const RingTensor> parts) {
  PQ_CHECK(!parts.empty());
  std::size_t size = 0;
  for (const RingTensor& part : parts) size += part.size();
  RingTensor whole(parts[0].width(), size);
  auto out = whole.raw().begin();
  for (const RingTensor& part : parts) {
    PQ_CHECK(part.width() == whole.width());
    out = std::copy(part.raw().begin(), part.raw().end(), out);
  }
  return whole;
}

AndLevel and_level(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
                   const RingTensor& y0, const RingTensor& y1) {
  const std::size_t gates = x.size();
  const std::size_t pairs = shared.size();
  const BitTriples single = party.correlations.draw_triples(gates);
  const BitTriplePairs pair = party.correlations.draw_triple_pairs(pairs);

  const RingTensor masked[] = {add(x, single.a), add(y, single.b), add(shared, pair.a), add(y0, pair.b0),
                               add(y1, pair.b1)};
  RingTensor opened = concatenate(masked);
  send_tensor(party.channel, opened);
  add_in_place(opened, receive_tensor(party.channel, bit_width, opened.size()));

  const RingTensor d = opened.slice(0, gates);
  const RingTensor e = opened.slice(gates, gates);
  const RingTensor f = opened.slice(2 * gates, pairs);
  const RingTensor g0 = opened.slice(2 * gates + pairs, pairs);
  const RingTensor g1 = opened.slice(2 * gates + 2 * pairs, pairs);
  // d∧e is public, so one party adds it.
  const auto combine = [&](const RingTensor& left, const RingTensor& right, const RingTensor& a,
                           const RingTensor& b, const RingTensor& c) {
    RingTensor z = add(add(bit_and(left, b), bit_and(right, a)), c);
    if (party.is_server()) add_in_place(z, bit_and(left, right));
    return z;
  };
  return {combine(d, e, single.a, single.b, single.c), combine(f, g0, pair.a, pair.b0, pair.c0),
          combine(f, g1, pair.a, pair.b1, pair.c1)};
}

RingTensor and_gate(Party& party, const RingTensor& x, const RingTensor& y) {
  const RingTensor none(bit_width, 0);
  return and_level(party, x, y, none, none, none).product;
}

void cost_and_level(Cost& cost, std::size_t gates, std::size_t pairs) {
  cost.demand.triples += gates;
  cost.demand.triple_pairs += pairs;
  const std::size_t bytes = bit_width.packed_bytes(2 * gates + 3 * pairs);
  cost.exchange(bytes, bytes);
}

}  // namespace privquant
