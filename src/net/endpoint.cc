#include "net/endpoint.h"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <charconv>

#include "base/error.h"

namespace privquant {

namespace {

/// The longest name that DNS allows.
constexpr std::size_t max_host_length = 253;

bool is_host_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '.' || letter == '-' || letter == '_';
}

bool is_ipv6(const std::string& host) {
  if (host.find('%') != std::string::npos) return false;  // a scope belongs to one machine, not to an address
  asio::error_code error;
  asio::ip::make_address_v6(host, error);
  return !error;
}

Endpoint parse(std::string_view text, unsigned lowest_port) {
  const auto wrong = [&](std::string_view why) {
    fail(ErrorCode::usage, "'{}' is no HOST:PORT: {}; write for example 127.0.0.1:7000 or [::1]:7000", text,
         why);
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) wrong("the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);

  Endpoint endpoint;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    endpoint.host = host.substr(1, host.size() - 2);
    if (!is_ipv6(endpoint.host)) wrong("there is no IPv6 address between the brackets");
  } else {
    if (host.empty()) wrong("the host is missing");
    if (host.find(':') != std::string_view::npos) wrong("an IPv6 address belongs in brackets");
    if (host.size() > max_host_length || !std::all_of(host.begin(), host.end(), is_host_letter))
      wrong("the host is neither a name nor an address");
    endpoint.host = host;
  }

  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port < lowest_port || port > UINT16_MAX)
    wrong(lowest_port == 0 ? "the port must be a number from 0 to 65535"
                           : "the port must be a number from 1 to 65535");
  endpoint.port = static_cast<std::uint16_t>(port);
  return endpoint;
}

}  // namespace

std::string Endpoint::text() const {
  const bool brackets = host.find(':') != std::string::npos;
  return brackets ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Endpoint parse_endpoint(std::string_view text) { return parse(text, 1); }

Endpoint parse_listen_endpoint(std::string_view text) { return parse(text, 0); }

bool is_loopback(const Endpoint& endpoint) {
  if (endpoint.host == "localhost") return true;
  asio::error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  return !error && address.is_loopback();
}

}  // namespace privquant
