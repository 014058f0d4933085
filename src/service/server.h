// A server: listens, and serves one model to many clients at once. Read this header first; client.h is the
// other side.
//
// Each connection has a thread of its own, TLS handshake included, so that a client that stalls, breaks off
// or sends garbage disturbs nobody else. What happens is logged to stderr; never a weight, a picture or a
// result.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "net/endpoint.h"
#include "net/listener.h"
#include "net/tls.h"
#include "service/served_model.h"
#include "service/server_session.h"
#include "service/session_options.h"

namespace spdlog {
class logger;
}

namespace privquant {

struct ServerOptions {
  Endpoint listen;
  std::optional<ServerTls> tls;  ///< none: plain TCP, for loopback
  PlanOptions plan;
  SessionOptions session;
  std::size_t max_sessions = 8;
  /// Ends after the first session that has agreed upon contract and plan.
  bool once = false;
};

class Server {
 public:
  /// Compiles the plan and listens. The model must outlive the server.
  /// @throws Error(network): port in use; Error(usage): plain TCP beyond loopback, or no such plan.
  Server(const Model& model, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// With the port that the system chose.
  Endpoint endpoint() const;
  const Hash& contract_hash() const { return served_.contract_hash; }

  /// Serves until stop(), or the one session of `once`. Returns false if that session failed.
  bool run();
  /// Ends run(): sessions under way are cut off. May be called from any thread.
  void stop() noexcept;

 private:
  struct Connection;

  void start(Socket socket);
  void forget_ended_connections();
  void cut_off_connections();
  void serve(Connection& connection, Socket socket, std::size_t number);

  ServerOptions options_;
  ServedModel served_;
  Listener listener_;
  SessionSlots slots_;
  std::shared_ptr<spdlog::logger> log_;
  std::list<Connection> connections_;
  std::size_t accepted_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> succeeded_{true};
};

}  // namespace privquant
