// HOST:PORT as a user writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace privquant {

struct Endpoint {
  std::string host;  ///< a name, an IPv4 address or an IPv6 address without brackets
  std::uint16_t port = 0;

  /// HOST:PORT, an IPv6 address in brackets.
  std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

/// To connect to: "name:7000", "192.0.2.1:7000", "[::1]:7000". @throws Error(usage)
Endpoint parse_endpoint(std::string_view text);
/// To listen at: the same, and port 0 lets the system choose. @throws Error(usage)
Endpoint parse_listen_endpoint(std::string_view text);

/// Whether nobody outside this machine can be at the other end: "localhost" and loopback addresses. Other
/// names count as outside, whatever they resolve to now.
bool is_loopback(const Endpoint& endpoint);

}  // namespace privquant
