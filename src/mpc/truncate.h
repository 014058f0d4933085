// Exact division by 2^s.
//
// Functionality  truncate_reduce: ⟨⌊x / 2^s⌋⟩ in Z_{2^(l−s)} <- ⟨x⟩ in Z_{2^l} (signed or unsigned reading
//                alike); truncate: the same in Z_{2^l}; logical reads x unsigned, arithmetic signed.
// Construction   ⌊x / 2^s⌋ = (x0 >> s) + (x1 >> s) + c − w·2^(l−s) with c the wrap of the low s bits, w the
//                wrap of the whole. The reduction loses the term with w. truncate takes both from one split
//                comparison; with a known msb, w comes from one bit product. c is a number by wrap_number.h.
//                Where correlations are cheap (no IKNP) and the price is less, truncate is truncate_reduce and an
//                extension back by what is known of the msb: c's number is s bits shorter.
// Cost           wrap_number of s bits to l − s; truncate: split comparison of l bits, b2a of l and of s
//                bits, or truncate_reduce and extend l − s to l.
// Source         SiRNN (arXiv 2105.04236, sections 4.2 and 4.3).
// Security       as its parts.
#pragma once

#include <vector>

#include "mpc/extend.h"
#include "mpc/two_way_lookup.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// 0 ≤ shift < l.
RingTensor truncate_reduce(Party& party, const RingTensor& x, int shift);
/// The lookups that it starts with; none if it starts otherwise. For choose_ahead().
std::vector<TwoWayLookup> truncate_reduce_lookups(const Party& party, const RingTensor& x, int shift);
void cost_truncate_reduce(Cost& cost, Width width, int shift, std::size_t count);

/// 0 ≤ shift < l. `msb` is what is known of the top bit as it stands.
RingTensor truncate_logical(Party& party, const RingTensor& x, int shift, KnownMsb msb = KnownMsb::unknown);
RingTensor truncate_arithmetic(Party& party, const RingTensor& x, int shift,
                               KnownMsb msb = KnownMsb::unknown);
void cost_truncate(Cost& cost, Width width, int shift, std::size_t count, KnownMsb msb = KnownMsb::unknown);

}  // namespace privquant
