// Sessions in one process that go well, or wrong at one of both ends.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "service/served_tiny.h"
#include "service/session_messages.h"

namespace privquant {

class Session : public ::testing::Test {
 protected:
  /// The client's side of a session that goes wrong before any inference.
  template <typename Body>
  void expect_both_fail(const std::string& part, Body&& client) {
    ServedSession session(served_, slots_);
    expect_failure(ending_of([&] { client(std::move(session.client_end)); }), part);
    const Ending server = session.server_ending();
    expect_failure(server, part);
    EXPECT_FALSE(server.started);
  }

  /// Says what a client of our own making says, then waits for the server's verdict.
  template <typename Body>
  void expect_refused(const std::string& part, Body&& say) {
    expect_both_fail(part, [&](std::unique_ptr<Transport> transport) {
      Channel channel(std::move(transport));
      say(channel);
      std::array<std::uint8_t, 1 << 20> answer{};
      channel.receive(answer);  // more than any server says: ends with the reason
    });
  }

  ClientHello true_hello() const { return {served_.contract_hash, "", 1 << 20}; }

  ServedModel served_{tiny_model(), revealing("logits")};
  SessionSlots slots_{1};
};

/// A server that speaks as `change` makes it, up to the plan; and how client and server end.
template <typename Change>
std::pair<Ending, Ending> meet_changed_server(const ServedModel& served, Change&& change,
                                              std::optional<KnownContract> contract = tiny_contract()) {
  auto channels = make_local_transports();
  auto server = std::async(std::launch::async, [&, transport = std::move(channels.first)]() mutable {
    return ending_of([&] {
      Channel channel(std::move(transport));
      const ClientHello client = receive_client_hello(channel);
      ServerHello hello{
          served.contract_hash, served.plan_hash, served.plan.options.profile, "logits", "", 1 << 20};
      hello.linear = served.plan.options.linear;
      change(hello);
      send(channel, hello);
      if (!client.contract_hash) channel.send_sized(as_bytes(served.contract));
      receive_request(channel);
    });
  });
  const Ending client =
      ending_of([&] { const Client made(std::move(channels.second), std::move(contract), {}); });
  return {client, server.get()};
}

}  // namespace privquant
