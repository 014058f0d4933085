// A link of a given bandwidth and delay, made of a faster one: to measure what a network would cost.
//
// Each side shapes what it sends, so both processes must be given the same shape. A frame enters the link
// when the one before it has, occupies it for bits / bandwidth, and arrives one delay later.
#pragma once

#include <memory>
#include <string_view>

#include "net/transport.h"

namespace privquant {

struct LinkShape {
  double bits_per_second = 0;
  double one_way_delay_seconds = 0;
};

/// 3 Gbit/s, 0.3 ms round trip.
inline constexpr LinkShape lan_shape{3e9, 0.15e-3};
/// 320 Mbit/s, 80 ms round trip.
inline constexpr LinkShape wan_shape{320e6, 40e-3};

/// "lan", "wan" or "MBPS,RTT_MS": megabits per second and milliseconds of round trip, such as "100,20".
/// @throws Error(usage)
LinkShape parse_link_shape(std::string_view text);

/// Shapes what is sent through `inner`; what comes in passes. close() waits until all has been delivered.
/// send() blocks while about a second's worth waits, at most max_queued_bytes or what fits on the link.
std::unique_ptr<Transport> make_shaped_transport(std::unique_ptr<Transport> inner, LinkShape shape);

}  // namespace privquant
