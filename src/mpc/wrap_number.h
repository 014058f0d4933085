// The wrap of a sharing as a number: what carries and extensions add.
//
// Functionality  ⟨1{x0 + x1 ≥ 2^m}⟩ in Z_{2^n} <- ⟨x⟩ in Z_{2^m}.
// Construction   the boolean wrap (millionaires.h), then b2a. With ProtocolChoices::joint_products, where
//                that is fewer bits (or rounds, at their worth): for m = 1 the product of both parties' bits;
//                for m up to the largest digit one lookup whose shares are numbers.
// Cost           lookup: one random 1-of-2^m OT, m + (2^m − 1)·n bits, 2 rounds.
// Source         SiRNN (arXiv 2105.04236) for what it is used in; lookup.h for the arithmetic shares.
// Security       as its parts.
#pragma once

#include <vector>

#include "mpc/two_way_lookup.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

RingTensor wrap_number(Party& party, const RingTensor& x, Width to);
/// The lookups that it starts with; none if it starts otherwise. For choose_ahead().
std::vector<TwoWayLookup> wrap_number_lookups(const Party& party, const RingTensor& x, Width to);
void cost_wrap_number(Cost& cost, Width width, Width to, std::size_t count);

}  // namespace privquant
