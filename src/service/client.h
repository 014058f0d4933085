// A client: many inferences on one connection to a server. server.h is the other side.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "net/channel.h"
#include "net/endpoint.h"
#include "net/tls.h"
#include "nn/graph.h"
#include "service/session_options.h"

namespace privquant {

/// Connects, shakes hands and shapes. @throws Error(usage) without TLS beyond loopback; Error(network |
/// timeout).
std::unique_ptr<Transport> connect_to_server(const Endpoint& server, const ClientTls& tls,
                                             const SessionOptions& options);

/// A contract that the client trusts.
struct KnownContract {
  Graph graph;
  std::string source;  ///< where it came from, for messages
};

class Client {
 public:
  /// Says hello. Without a known contract it takes the server's: whoever calls decides whether to trust and
  /// keep it. Like the other functions here, @throws Error(peer) if the server refuses or has another
  /// contract, version, link or plan; Error(network | timeout); then the server has been told why.
  Client(std::unique_ptr<Transport> transport, std::optional<KnownContract> contract,
         const SessionOptions& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Graph& graph() const;
  /// Made of the contract, with the profile, its passes, the OT extension and what is revealed as the server
  /// chose them.
  const Plan& plan() const;

  /// Compares the plans and runs the set-up.
  void start();
  /// After start(): correlations of so many inferences (1 to max_prepared_inferences), which both sides keep until
  /// they are used or the session ends. Returns how many are there: fewer where the memory that both grant holds no
  /// more.
  std::size_t prepare(std::size_t inferences);
  /// The same in slices of some tens of milliseconds, for while nobody waits: makes one, and returns whether
  /// more is missing. An inference that comes between two slices uses what is there.
  bool prepare_slice(std::size_t inferences);
  /// Inferences that both sides hold correlations for.
  std::size_t prepared() const;
  /// After start(): one inference, and before it its preparation where none is left.
  Prediction infer(const IntegerTensor& input);
  /// Says good-bye; without it the server notes a failure.
  void finish();

  void observe_steps(StepObserver observer);
  Meter& meter();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace privquant
