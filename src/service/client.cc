#include "service/client.h"

#include <utility>

#include "base/error.h"
#include "net/socket_transport.h"
#include "service/session_errors.h"
#include "service/session_messages.h"

namespace privquant {

std::unique_ptr<Transport> connect_to_server(const Endpoint& server, const ClientTls& tls,
                                             const SessionOptions& options) {
  if (tls.is_insecure() && !is_loopback(server)) {
    fail(ErrorCode::usage,
         "without TLS the client connects to loopback only, not to {}; use --pin or --ca instead of "
         "--insecure",
         server.text());
  }
  return shape(connect(server, tls, options.patience), options.link);
}

struct Client::State {
  State(std::unique_ptr<Transport> transport, const SessionOptions& session_options)
      : channel(std::move(transport)), options(session_options) {
    channel.set_patience(options.patience);
  }

  /// Runs `body`; if it fails, the server learns why, as far as that is between the two: a sentence about a
  /// file or an argument may hold a path or a name of this machine.
  template <typename Body>
  auto guarded(Body&& body) {
    try {
      return body();
    } catch (const Error& error) {
      channel.abort(is_for_peer(error.code()) ? error.what() : "the client failed");
      throw;
    } catch (...) {
      channel.abort("the client failed");
      throw;
    }
  }

  void greet(std::optional<KnownContract> known);
  void receive_contract();
  void require_wanted_extension() const;
  void require_wanted_linear_layers() const;
  void make_same_plan();

  Channel channel;
  SessionOptions options;
  ServerHello server;
  Graph graph;
  Plan plan;
  Prg random;
  std::optional<Engine> engine;
  StepObserver observer;
};

void Client::State::greet(std::optional<KnownContract> known) {
  ClientHello hello;
  if (known) hello.contract_hash = contract_hash(known->graph);
  hello.link = describe(options.link);
  hello.preparation_memory = options.preparation_memory;
  send(channel, hello);
  server = receive_server_hello(channel);
  if (known) {
    if (server.contract_hash != *hello.contract_hash) {
      // The file's name is for this side only.
      channel.abort(fmt::format("the client has contract {}, the served model has {}",
                                abbreviate(*hello.contract_hash), abbreviate(server.contract_hash)));
      fail(ErrorCode::peer,
           "the server's model has contract {}, but {} is contract {}; if the model was changed on purpose, "
           "remove "
           "that file and fetch the contract again",
           abbreviate(server.contract_hash), known->source, abbreviate(*hello.contract_hash));
    }
    graph = std::move(known->graph);
  } else {
    receive_contract();
  }
  require_same_link(server.link, hello.link);
  // 0 would mean no bound at all.
  if (server.preparation_memory == 0 || server.preparation_memory > options.preparation_memory) {
    fail(ErrorCode::peer,
         "the server asks for {} bytes of memory for preparation, where the client grants 1 to {}",
         server.preparation_memory, options.preparation_memory);
  }
}

void Client::State::receive_contract() {
  graph = parse_contract(channel.receive_sized(max_contract_bytes));
  if (contract_hash(graph) != server.contract_hash) {
    fail(ErrorCode::peer, "the server sent a contract that is not the one it announced; ask its operator");
  }
}

void Client::State::require_wanted_extension() const {
  if (!options.extension || *options.extension == server.extension) return;
  fail(ErrorCode::peer,
       "the server uses the OT extension {0}, where this client asks for {1}; leave out --ot, or start the "
       "server with "
       "--ot {1}",
       name_of(server.extension), name_of(*options.extension));
}

void Client::State::require_wanted_linear_layers() const {
  if (!options.refuse_lattices || lattice_steps(plan).empty()) return;
  fail(ErrorCode::peer,
       "the server prepares linear layers with lattices, where this client asks for OTs; leave out --linear, "
       "or start the server with --linear ot");
}

/// The server chooses what is revealed, the profile, the OT extension, what prepares linear layers, which of them stay
/// with OTs and what a round is worth; the rest follows from the contract.
void Client::State::make_same_plan() {
  try {
    PlanOptions plan_options;
    parse_reveal(server.reveal, plan_options);
    plan_options.profile = server.profile;
    plan_options.without = server.without;
    plan_options.extension = server.extension;
    plan_options.linear = server.linear;
    plan_options.ot_layers = server.ot_layers;
    plan_options.round_bytes = static_cast<std::size_t>(server.round_bytes);
    plan = make_plan(graph, plan_options);
  } catch (const Error& error) {
    fail(ErrorCode::peer, "the client cannot follow the server's plan ({}, {}): {}", server.profile,
         server.reveal, error.what());
  }
  require_same_plan(server.plan_hash, plan_hash(plan));
  // The plan's hash covers what the plan has, not what the server names.
  if (plan.protocol_choices.extension != server.extension) {
    fail(ErrorCode::peer,
         "the server names the OT extension {}, but its profile {} is bound to {}; ask its operator",
         name_of(server.extension), server.profile, name_of(plan.protocol_choices.extension));
  }
  if (plan.options.linear != server.linear) {
    fail(ErrorCode::peer,
         "the server prepares linear layers by {}, but its profile {} is bound to {}; ask its operator",
         name_of(server.linear), server.profile, name_of(plan.options.linear));
  }
  if (plan.options.ot_layers != server.ot_layers) {
    fail(ErrorCode::peer,
         "the server leaves layers to OTs that are no linear layers, or has no lattices to leave them by; "
         "ask its operator");
  }
  if (plan.protocol_choices.round_bytes != server.round_bytes) {
    fail(ErrorCode::peer,
         "the server says that a round is worth {} bytes, but its profile {} weighs it as {}; ask its "
         "operator",
         server.round_bytes, server.profile, plan.protocol_choices.round_bytes);
  }
}

Client::Client(std::unique_ptr<Transport> transport, std::optional<KnownContract> contract,
               const SessionOptions& options)
    : state_(std::make_unique<State>(std::move(transport), options)) {
  state_->guarded([&] {
    state_->greet(std::move(contract));
    state_->require_wanted_extension();
    state_->make_same_plan();
    state_->require_wanted_linear_layers();
  });
}

Client::~Client() = default;

const Graph& Client::graph() const { return state_->graph; }

const Plan& Client::plan() const { return state_->plan; }

void Client::start() {
  state_->guarded([&] {
    send(state_->channel, Request{RequestKind::start, plan_hash(state_->plan)});
    state_->engine.emplace(
        Role::client, state_->channel, state_->graph, state_->plan, nullptr, state_->random,
        EngineOptions{static_cast<std::size_t>(state_->server.preparation_memory), state_->options.threads});
    if (state_->observer) state_->engine->observe_steps(state_->observer);
  });
}

std::size_t Client::prepare(std::size_t inferences) {
  PQ_CHECK(state_->engine.has_value() && inferences >= 1 && inferences <= max_prepared_inferences);
  return state_->guarded([&] {
    send(state_->channel, Request{RequestKind::prepare, {}, inferences});
    state_->channel.align_rounds();
    return state_->engine->prepare(inferences);
  });
}

bool Client::prepare_slice(std::size_t inferences) {
  PQ_CHECK(state_->engine.has_value() && inferences >= 1 && inferences <= max_prepared_inferences);
  return state_->guarded([&] {
    send(state_->channel, Request{RequestKind::prepare_slice, {}, inferences});
    state_->channel.align_rounds();
    return state_->engine->prepare_slice(inferences);
  });
}

std::size_t Client::prepared() const { return state_->engine ? state_->engine->prepared() : 0; }

Prediction Client::infer(const IntegerTensor& input) {
  PQ_CHECK(state_->engine.has_value());
  state_->engine->check_input(input);  // before the server prepares for it
  return state_->guarded([&] {
    send(state_->channel, Request{RequestKind::infer, {}});
    state_->channel.align_rounds();
    state_->engine->prepare();
    auto prediction = state_->engine->infer(input);
    PQ_CHECK(prediction.has_value());
    return std::move(*prediction);
  });
}

void Client::finish() {
  state_->guarded([&] { send(state_->channel, Request{RequestKind::finish, {}}); });
  state_->channel.close();
}

void Client::observe_steps(StepObserver observer) {
  state_->observer = std::move(observer);
  if (state_->engine) state_->engine->observe_steps(state_->observer);
}

Meter& Client::meter() { return state_->channel.meter(); }

}  // namespace privquant
