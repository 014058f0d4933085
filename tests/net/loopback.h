// Connected pairs of transports, and raw sockets that do as they like, all on 127.0.0.1.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/listener.h"
#include "net/socket_transport.h"

namespace privquant {

inline constexpr std::chrono::milliseconds test_patience{30'000};
inline const Endpoint any_loopback_port{"127.0.0.1", 0};

struct TransportPair {
  std::unique_ptr<Transport> server;
  std::unique_ptr<Transport> client;
};

inline Socket accept_one(Listener& listener) {
  auto socket = listener.accept(test_patience);
  if (!socket) throw std::runtime_error("no client came");
  return std::move(*socket);
}

inline TransportPair make_tcp_pair() {
  Listener listener(any_loopback_port);
  auto client = connect({"127.0.0.1", listener.port()}, ClientTls::insecure(), test_patience);
  return {make_tcp_transport(accept_one(listener)), std::move(client)};
}

/// An exception of the client comes out first, then one of the server.
inline TransportPair make_tls_pair(const ServerTls& server_tls, const ClientTls& client_tls,
                                   const std::string& host = "127.0.0.1") {
  Listener listener(any_loopback_port);
  auto server = std::async(std::launch::async, [&] {
    return make_tls_transport(accept_one(listener), server_tls, test_patience);
  });
  auto client = connect({host, listener.port()}, client_tls, test_patience);
  return {server.get(), std::move(client)};
}

inline TransportPair make_pinned_pair() {
  const auto tls = ServerTls::self_signed();
  return make_tls_pair(tls, ClientTls::pinned(tls.fingerprint()));
}

inline Socket raw_connect(std::uint16_t port) {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0), "raw");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.descriptor(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect");
  return socket;
}

inline void raw_send(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace privquant
