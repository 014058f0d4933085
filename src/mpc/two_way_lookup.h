// Lookups of a public function of one private number from each party, spread over both directions.
//
// Functionality  shares of F[s][c] for every element: s the server's number, c the client's.
// Construction   ot/lookup.h with the server as OT sender; with ProtocolChoices::both_directions the second
//                half of the elements has the client as sender, with the function's arguments exchanged. The
//                sender hashes 2^k pads where the receiver hashes one, so both parties work at the same time.
//                The client may choose ahead for the elements that the server sends (choose_ahead).
// Cost           as ot/lookup.h: the same bytes, in both directions; 2 rounds. Few elements, or few for the
//                price of a round, go one way.
// Security       as ot/lookup.h.
#pragma once

#include <vector>

#include "ot/lookup.h"

namespace privquant {

/// `numbers` are this party's, of the width that the functions take.
struct TwoWayLookup {
  LookupFunction server_sends;  ///< F[s][c]
  LookupFunction client_sends;  ///< F with its arguments exchanged
  RingTensor numbers;

  /// Both parties' numbers have `bits` bits; `value(s, c)` as for LookupFunction.
  template <typename Value>
  TwoWayLookup(int bits, LookupFunction::Outputs outputs, const Value& value, RingTensor own_numbers)
      : server_sends(bits, bits, outputs, value),
        client_sends(bits, bits, outputs, [&](unsigned c, unsigned s) { return value(s, c); }),
        numbers(std::move(own_numbers)) {}
};

/// Where the client's numbers are known in preparation: it sends its choices for the elements that the server sends,
/// and the server, whose numbers are not looked at, keeps them. The OTs must be in the stock; `before` says what is
/// drawn of it until these lookups run.
ChoicesAhead choose_ahead(Party& party, const std::vector<TwoWayLookup>& lookups, const Demand& before);

/// All lookups share two flights. With Party::ahead the client sends no choices.
std::vector<LookupShares> two_way_lookups(Party& party, const std::vector<TwoWayLookup>& lookups);

struct TwoWayLookupSize {
  int bits;
  LookupFunction::Outputs outputs;
  std::size_t count;
};
/// With Cost::chosen_ahead the client's choices are no messages, but prepared.
void cost_two_way_lookups(Cost& cost, const std::vector<TwoWayLookupSize>& lookups);

}  // namespace privquant
