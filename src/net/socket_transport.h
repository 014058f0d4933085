// Frames over TCP or TLS. One thread per connection reads and writes, so that sending overlaps with
// computing.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/endpoint.h"
#include "net/socket.h"
#include "net/tls.h"
#include "net/transport.h"

namespace privquant {

/// Plain TCP, readable by anyone on the way: for loopback.
std::unique_ptr<Transport> make_tcp_transport(Socket socket);

/// Shakes hands as the server; blocks, so call it in the session's own thread.
/// @throws Error(network) if the client speaks something else or is not let in, Error(timeout).
std::unique_ptr<Transport> make_tls_transport(Socket socket, const ServerTls& tls,
                                              std::chrono::milliseconds timeout);

/// Shakes hands as the client with the server of that host name.
/// @throws Error(network) if the server speaks something else or is not to be trusted, Error(timeout).
std::unique_ptr<Transport> make_tls_transport(Socket socket, const ClientTls& tls, const std::string& host,
                                              std::chrono::milliseconds timeout);

/// Connects; `timeout` holds for each of connecting and the handshake.
/// @throws Error(network): unknown host, refused, unreachable, TLS failure; Error(timeout).
std::unique_ptr<Transport> connect(const Endpoint& endpoint, const ClientTls& tls,
                                   std::chrono::milliseconds timeout);

}  // namespace privquant
