#include "ot/cost.h"

#include "crypto/group.h"
#include "ot/triples.h"

namespace privquant {

Demand& Demand::operator+=(const Demand& more) {
  for (std::size_t role = 0; role < random_ots.size(); ++role) {
    for (std::size_t k = 0; k < random_ots[role].size(); ++k) random_ots[role][k] += more.random_ots[role][k];
  }
  triples += more.triples;
  triple_pairs += more.triple_pairs;
  return *this;
}

Demand Demand::beyond(const Demand& stock) const {
  const auto missing = [](std::size_t need, std::size_t have) { return need > have ? need - have : 0; };
  Demand result;
  for (std::size_t role = 0; role < random_ots.size(); ++role) {
    for (std::size_t k = 0; k < random_ots[role].size(); ++k)
      result.random_ots[role][k] = missing(random_ots[role][k], stock.random_ots[role][k]);
  }
  result.triples = missing(triples, stock.triples);
  result.triple_pairs = missing(triple_pairs, stock.triple_pairs);
  return result;
}

void cost_preparation(Cost& cost, const Demand& demand) {
  Demand extended = demand;
  extended += triple_demand(demand.triples, demand.triple_pairs);
  const auto extension_bytes = [&](Role sender) {
    std::size_t bytes = 0;
    for (int k = 1; k <= max_choice_bits; ++k) bytes += OtCode{k}.wire_bytes(extended.ots(sender, k));
    return bytes;
  };
  cost.message(Role::client, extension_bytes(Role::server));
  cost.message(Role::server, triple_message_bytes(demand.triples, demand.triple_pairs));
  cost.message(Role::server, extension_bytes(Role::client));
}

void cost_setup(Cost& cost) {
  cost.exchange(sizeof(Block) + point_bytes, sizeof(Block) + point_bytes);
  cost.exchange(base_ots_per_direction * point_bytes, base_ots_per_direction * point_bytes);
}

}  // namespace privquant
