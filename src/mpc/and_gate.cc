#include "mpc/and_gate.h"

#include <vector>

#include "ot/wire.h"
#include "ring/arithmetic.h"

namespace privquant {

AndOpening::AndOpening(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
                       const RingTensor& y0, const RingTensor& y1)
    : single_(party.correlations.draw_triples(x.size())),
      pair_(party.correlations.draw_triple_pairs(shared.size())),
      opened_(concatenate(std::vector{add(x, single_.a), add(y, single_.b), add(shared, pair_.a),
                                      add(y0, pair_.b0), add(y1, pair_.b1)})) {
  send_tensor(party.channel, opened_);
}

AndOpening::AndOpening(Party& party, const RingTensor& x, const RingTensor& y)
    : AndOpening(party, x, y, no_bits(), no_bits(), no_bits()) {}

AndLevel AndOpening::finish(Party& party) {
  const std::size_t gates = single_.a.size();
  const std::size_t pairs = pair_.a.size();
  add_in_place(opened_, receive_tensor(party.channel, bit_width, opened_.size()));

  const RingTensor d = opened_.slice(0, gates);
  const RingTensor e = opened_.slice(gates, gates);
  const RingTensor f = opened_.slice(2 * gates, pairs);
  const RingTensor g0 = opened_.slice(2 * gates + pairs, pairs);
  const RingTensor g1 = opened_.slice(2 * gates + 2 * pairs, pairs);
  // d∧e is public, so one party adds it.
  const auto combine = [&](const RingTensor& left, const RingTensor& right, const RingTensor& a,
                           const RingTensor& b, const RingTensor& c) {
    RingTensor z = add(add(bit_and(left, b), bit_and(right, a)), c);
    if (party.is_server()) add_in_place(z, bit_and(left, right));
    return z;
  };
  return {combine(d, e, single_.a, single_.b, single_.c), combine(f, g0, pair_.a, pair_.b0, pair_.c0),
          combine(f, g1, pair_.a, pair_.b1, pair_.c1)};
}

AndLevel and_level(Party& party, const RingTensor& x, const RingTensor& y, const RingTensor& shared,
                   const RingTensor& y0, const RingTensor& y1) {
  return AndOpening(party, x, y, shared, y0, y1).finish(party);
}

RingTensor and_gate(Party& party, const RingTensor& x, const RingTensor& y) {
  return AndOpening(party, x, y).finish(party).product;
}

std::size_t and_level_bytes(std::size_t gates, std::size_t pairs) {
  return bit_width.packed_bytes(2 * gates + 3 * pairs);
}

void cost_and_level(Cost& cost, std::size_t gates, std::size_t pairs) {
  cost.demand.triples += gates;
  cost.demand.triple_pairs += pairs;
  const std::size_t bytes = and_level_bytes(gates, pairs);
  cost.exchange(bytes, bytes);
}

}  // namespace privquant
