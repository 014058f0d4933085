#include "service/server_session.h"

#include <algorithm>
#include <new>

#include "base/error.h"
#include "engine/engine.h"
#include "service/session_errors.h"
#include "service/session_messages.h"

namespace privquant {

namespace {

/// A true client says hello at once; who connects and stays silent, or says it a byte at a time, shall not hold a
/// thread for long.
constexpr std::chrono::milliseconds hello_patience{10'000};

void require_same_contract(const Hash& server, const Hash& client) {
  if (server == client) return;
  fail(ErrorCode::peer,
       "the client has contract {}, the served model has {}; the client needs the contract of this model",
       abbreviate(client), abbreviate(server));
}

}  // namespace

SessionSlots::Place::Place(SessionSlots& slots) : slots_(slots) {
  if (slots_.taken_++ < slots_.count_) return;
  --slots_.taken_;
  fail(ErrorCode::peer, "the server is busy with {} sessions, as many as it takes; try again later",
       slots_.count_);
}

void ServerSession::run() {
  try {
    serve();
    channel_.close();
  } catch (const Error& error) {
    // A bug's details, and names of files, are for the server's log.
    channel_.abort(is_for_peer(error.code()) ? error.what() : "the server failed; see its log");
    throw;
  } catch (const std::bad_alloc&) {
    channel_.abort("the server has too little memory for this session; try again later");
    throw;
  } catch (...) {
    channel_.abort("the server failed; see its log");
    throw;
  }
}

void ServerSession::serve() {
  const auto for_hello = std::min(options_.patience, hello_patience);
  channel_.set_patience(for_hello);
  channel_.set_deadline(std::chrono::steady_clock::now() + for_hello);
  const ClientHello client = receive_client_hello(channel_);
  channel_.set_deadline(std::nullopt);
  // Taken after the hello: whoever only connects takes no place from anyone.
  const SessionSlots::Place place(slots_);
  channel_.set_patience(options_.patience);

  ServerHello hello;
  hello.contract_hash = served_.contract_hash;
  hello.plan_hash = served_.plan_hash;
  hello.profile = served_.plan.options.profile;
  hello.without = served_.plan.options.without;
  hello.linear = served_.plan.options.linear;
  hello.ot_layers = served_.plan.options.ot_layers;
  hello.extension = served_.plan.protocol_choices.extension;
  hello.round_bytes = served_.plan.protocol_choices.round_bytes;
  hello.reveal = to_string(served_.plan.options.reveal, served_.plan.options.top_k);
  hello.link = describe(options_.link);
  if (client.preparation_memory == 0) {  // which would mean no bound at all
    fail(ErrorCode::peer, "the client grants no memory for preparation; it must grant some");
  }
  hello.preparation_memory = std::min<std::uint64_t>(options_.preparation_memory, client.preparation_memory);
  send(channel_, hello);
  if (client.contract_hash) {
    require_same_contract(served_.contract_hash, *client.contract_hash);
  } else {
    channel_.send_sized(as_bytes(served_.contract));
    channel_.flush();
  }
  require_same_link(hello.link, client.link);

  Request request = receive_request(channel_);
  if (request.kind == RequestKind::finish) return;
  if (request.kind != RequestKind::start) {
    fail(ErrorCode::peer, "the client asks for an inference before it has agreed upon the plan");
  }
  require_same_plan(served_.plan_hash, request.plan_hash);
  started_ = true;
  if (observer_) observer_();

  Prg random;
  Engine engine(Role::server, channel_, served_.model.graph, served_.plan, &served_.model, random,
                {static_cast<std::size_t>(hello.preparation_memory), options_.threads});
  for (;;) {
    request = receive_request(channel_);
    if (request.kind == RequestKind::finish) return;
    if (request.kind == RequestKind::start) fail(ErrorCode::peer, "the client starts a second time");
    channel_.align_rounds();
    if (request.kind == RequestKind::prepare_slice) {
      engine.prepare_slice(request.inferences);
      continue;
    }
    if (request.kind == RequestKind::prepare) {
      engine.prepare(request.inferences);
      continue;
    }
    engine.prepare();
    engine.infer(std::nullopt);
    ++inferences_;
  }
}

}  // namespace privquant
