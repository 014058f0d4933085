// Waits for clients.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "net/endpoint.h"
#include "net/socket.h"

namespace privquant {

class Listener {
 public:
  /// Binds and listens. @throws Error(network): port in use, no such address, not allowed.
  explicit Listener(const Endpoint& endpoint);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The port, also where the system chose it.
  std::uint16_t port() const;
  /// The next client, or nothing after `timeout` or stop(). No byte is exchanged here, so that a client that
  /// stalls holds up nobody: the handshake belongs to the session's own thread (socket_transport.h).
  std::optional<Socket> accept(std::chrono::milliseconds timeout);
  /// Ends accept(), now and from now on. May be called from another thread.
  void stop() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace privquant
