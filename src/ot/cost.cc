#include "ot/cost.h"

#include "crypto/group.h"
#include "ot/punctured_trees.h"
#include "ot/softspoken.h"
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

Demand Demand::times(std::size_t count) const {
  Demand result = *this;
  for (auto& of_role : result.random_ots) {
    for (std::size_t& ots : of_role) ots *= count;
  }
  result.triples *= count;
  result.triple_pairs *= count;
  return result;
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

std::size_t Demand::times_in(const Demand& stock, std::size_t most) const {
  const auto count = [&](std::size_t need, std::size_t have) {
    if (need != 0) most = std::min(most, have / need);
  };
  for (std::size_t role = 0; role < random_ots.size(); ++role) {
    for (std::size_t k = 0; k < random_ots[role].size(); ++k)
      count(random_ots[role][k], stock.random_ots[role][k]);
  }
  count(triples, stock.triples);
  count(triple_pairs, stock.triple_pairs);
  return most;
}

Demand Demand::slice(std::size_t cots) const {
  // A part that takes `each` COTs apiece; one at least, so that slices come to an end.
  const auto part = [&](std::size_t wanted, std::size_t each) {
    const std::size_t taken = cots == 0 ? 0 : std::min(wanted, cots / each + 1);
    cots -= std::min(cots, taken * each);
    return taken;
  };
  Demand result;
  for (std::size_t role = 0; role < random_ots.size(); ++role) {
    for (std::size_t k = 0; k < random_ots[role].size(); ++k)
      result.random_ots[role][k] = part(random_ots[role][k], k + 1);
  }
  result.triples = part(triples, 2);
  result.triple_pairs = part(triple_pairs, 2);
  return result;
}

namespace {

void cost_column_preparation(Cost& cost, const Demand& demand) {
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

// Each kind is extended by itself, and rounded up to whole groups.
std::size_t softspoken_preparation_bytes(int depth, const Demand& demand, Role sender) {
  std::size_t bytes = softspoken_bytes(depth, demand.triples + demand.triple_pairs);
  for (int k = 1; k <= max_choice_bits; ++k)
    bytes += softspoken_bytes(depth, static_cast<std::size_t>(k) * demand.ots(sender, k));
  return bytes;
}

}  // namespace

std::size_t random_cots(const Demand& demand, Role sender) {
  std::size_t count = demand.triples + demand.triple_pairs;
  for (int k = 1; k <= max_choice_bits; ++k) count += static_cast<std::size_t>(k) * demand.ots(sender, k);
  return count;
}

void cost_preparation(Cost& cost, const Demand& demand, PreparationState& state) {
  switch (state.extension) {
    case OtExtension::iknp:
      return cost_column_preparation(cost, demand);
    case OtExtension::softspoken2:
    case OtExtension::softspoken4:
    case OtExtension::softspoken8:
      for (const Role sender : {Role::server, Role::client}) {
        cost.message(other(sender),
                     softspoken_preparation_bytes(softspoken_depth(state.extension), demand, sender));
      }
      return;
    case OtExtension::ferret: {
      std::array<FerretWork, 2> work;
      for (const Role sender : {Role::server, Role::client})
        work[index_of(sender)] = ferret_work(state.ferret[index_of(sender)], random_cots(demand, sender));
      cost.exchange(work[index_of(Role::client)].receiver_bytes, work[index_of(Role::server)].receiver_bytes);
      for (const Role sender : {Role::server, Role::client})
        cost.message(sender, work[index_of(sender)].sender_bytes);
      return;
    }
  }
}

void cost_preparation(Cost& cost, const Demand& demand, OtExtension extension) {
  PreparationState state(extension);
  cost_preparation(cost, demand, state);
}

std::size_t stored_bytes(const Demand& prepared, OtExtension extension) {
  const bool by_columns = extension == OtExtension::iknp;
  Demand demand = prepared;
  if (by_columns) demand += triple_demand(prepared.triples, prepared.triple_pairs);
  const auto row_bytes = [&](int k) { return k == 1 || !by_columns ? sizeof(Block) : 2 * sizeof(Block); };
  std::size_t bytes = 3 * demand.triples + 5 * demand.triple_pairs;
  for (const Role sender : {Role::server, Role::client}) {
    for (int k = 1; k <= max_choice_bits; ++k) bytes += demand.ots(sender, k) * (row_bytes(k) + 1);
  }
  return bytes;
}

std::size_t room_for_stock(std::size_t budget, OtExtension extension) {
  if (extension != OtExtension::ferret) return budget;
  // Both directions' tables, and while one begins its next round, that round's.
  return budget - std::min(budget / 2, 3 * ferret_table_bytes);
}

std::size_t base_ots_of(OtExtension extension) {
  return extension == OtExtension::iknp ? base_ots_per_direction : delta_bits;
}

void cost_setup(Cost& cost, OtExtension extension) {
  const bool by_columns = extension == OtExtension::iknp;
  const std::size_t base_ots = base_ots_of(extension);
  cost.exchange(sizeof(Block) + point_bytes, sizeof(Block) + point_bytes);
  cost.exchange(base_ots * point_bytes, base_ots * point_bytes);
  if (by_columns) return;
  const int depth = extension == OtExtension::ferret ? ferret_softspoken_depth : softspoken_depth(extension);
  cost.exchange(punctured_tree_bytes(depth), punctured_tree_bytes(depth));
}

}  // namespace privquant
