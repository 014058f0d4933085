#include "mpc/two_way_lookup.h"

#include <algorithm>
#include <utility>

#include "ring/arithmetic.h"

namespace privquant {
namespace {

// Below this the flights' latency counts, not the hashing, and two extensions round up to groups of 128 OTs.
constexpr std::size_t least_to_divide = 1024;
// Where one party sends all, its part of a gate's opening leaves with the lookups' messages; where both do, it
// waits for them. So dividing costs a round, and saves hashing that takes about as long as the link carries so
// many bytes for each lookup.
constexpr std::size_t bytes_hashed_meanwhile = 16;

// Elements, from the first on, of which the server is the sender. Whole groups of 128 OTs.
std::size_t sent_by_server(const ProtocolChoices& choices, std::size_t count) {
  if (!choices.both_directions) return count;
  if (count < std::max(least_to_divide, choices.round_bytes / bytes_hashed_meanwhile)) return count;
  return count / 256 * 128;
}

LookupShares join(const LookupShares& first, const LookupShares& second) {
  const auto joined = [](const RingTensor& a, const RingTensor& b) {
    const RingTensor parts[] = {a, b};
    return concatenate(parts);
  };
  return {joined(first.bits, second.bits), joined(first.numbers, second.numbers)};
}

}  // namespace

ChoicesAhead choose_ahead(Party& party, const std::vector<TwoWayLookup>& lookups, const Demand& before) {
  Demand drawn = before;
  ChoicesAhead ahead;
  for (const TwoWayLookup& lookup : lookups) {
    const std::size_t count = sent_by_server(party.choices, lookup.numbers.size());
    const int bits = lookup.server_sends.choice_bits();
    std::size_t& skipped = drawn.ots(Role::server, bits);
    if (party.is_server()) {
      ahead.masked.push_back(receive_choices_ahead(party, Width(bits), count, skipped));
    } else {
      send_choices_ahead(party, lookup.numbers.slice(0, count), skipped);
      ahead.masked.emplace_back(Width(bits), 0);
    }
    skipped += count;
    ahead.bytes += lookup_choice_bytes(bits, count);
  }
  return ahead;
}

std::vector<LookupShares> two_way_lookups(Party& party, const std::vector<TwoWayLookup>& lookups) {
  const auto own = [&](const TwoWayLookup& lookup, Role sender) {
    const std::size_t size = lookup.numbers.size();
    const std::size_t first = sent_by_server(party.choices, size);
    return sender == Role::server ? lookup.numbers.slice(0, first)
                                  : lookup.numbers.slice(first, size - first);
  };
  const auto function = [](const TwoWayLookup& lookup, Role sender) -> const LookupFunction& {
    return sender == Role::server ? lookup.server_sends : lookup.client_sends;
  };
  const ChoicesAhead* const ahead = std::exchange(party.ahead, nullptr);
  PQ_CHECK(ahead == nullptr || ahead->masked.size() == lookups.size());
  std::vector<LookupReceiver> receivers;
  receivers.reserve(lookups.size());
  for (const TwoWayLookup& lookup : lookups) {
    const LookupFunction& received = function(lookup, other(party.role));
    RingTensor numbers = own(lookup, other(party.role));
    if (ahead != nullptr && !party.is_server()) {
      receivers.emplace_back(party, received, numbers.size());
    } else {
      receivers.emplace_back(party, received, numbers);
    }
  }
  std::vector<LookupShares> sent;
  sent.reserve(lookups.size());
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    const LookupFunction& sending = function(lookups[i], party.role);
    const RingTensor numbers = own(lookups[i], party.role);
    sent.push_back(ahead != nullptr && party.is_server()
                       ? lookup_send(party, sending, numbers, ahead->masked[i])
                       : lookup_send(party, sending, numbers));
  }
  std::vector<LookupShares> shares;
  shares.reserve(lookups.size());
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    LookupShares received = receivers[i].finish(party);
    if (!party.choices.both_directions) {
      shares.push_back(std::move(party.is_server() ? sent[i] : received));
    } else {
      shares.push_back(party.is_server() ? join(sent[i], received) : join(received, sent[i]));
    }
  }
  return shares;
}

void cost_two_way_lookups(Cost& cost, const std::vector<TwoWayLookupSize>& lookups) {
  std::size_t choices[2] = {};
  std::size_t messages[2] = {};
  for (const auto& [bits, outputs, count] : lookups) {
    const std::size_t first = sent_by_server(cost.choices, count);
    for (const Role sender : {Role::server, Role::client}) {
      const std::size_t part = sender == Role::server ? first : count - first;
      cost.demand.ots(sender, bits) += part;
      choices[index_of(other(sender))] += lookup_choice_bytes(bits, part);
      messages[index_of(sender)] += lookup_message_bytes(bits, outputs, part);
    }
  }
  if (std::exchange(cost.chosen_ahead, false))
    cost.prepared[index_of(Role::client)] += std::exchange(choices[index_of(Role::client)], 0);
  cost.exchange(choices[0], choices[1]);
  cost.exchange(messages[0], messages[1]);
}

}  // namespace privquant
