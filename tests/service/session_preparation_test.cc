// What makes a session's OTs, and when: the server's choice of the extension and of what a round is worth,
// preparation ahead.
#include <array>
#include <limits>
#include <vector>

#include "plan/plan_cost.h"
#include "plan/time_model.h"
#include "service/session_fixture.h"

namespace privquant {
namespace {

class SessionOf : public ::testing::TestWithParam<OtExtension> {};

TEST_P(SessionOf, ClientFollowsTheServersOtExtension) {
  PlanOptions options = revealing("logits");
  options.extension = GetParam();
  const ServedModel served(tiny_model(), options);
  for (const bool demanded : {false, true}) {
    SessionSlots slots(1);
    ServedSession session(served, slots);
    SessionOptions wanted;
    if (demanded) wanted.extension = GetParam();
    Client client(std::move(session.client_end), tiny_contract(), wanted);
    EXPECT_EQ(client.plan().protocol_choices.extension, GetParam());
    client.start();
    expect_inference(client, 3);
    client.finish();
    expect_well(session.server_ending());
  }
}

INSTANTIATE_TEST_SUITE_P(Ot, SessionOf, ::testing::ValuesIn(ot_extensions),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST_P(SessionOf, EachSideTakesThreadsOfItsOwn) {
  PlanOptions options = revealing("logits");
  options.extension = GetParam();
  const ServedModel served(tiny_model(), options);
  SessionSlots slots(1);
  const auto with_threads = [](unsigned threads) {
    SessionOptions session;
    session.threads = threads;
    return session;
  };
  ServedSession session(served, slots, with_threads(3));
  Client client(std::move(session.client_end), tiny_contract(), with_threads(2));
  client.start();
  EXPECT_EQ(client.prepare(12), 12U);
  for (const std::uint64_t seed : {1, 2}) expect_inference(client, seed);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, PreparesAheadAndKeepsWhatIsLeft) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  EXPECT_EQ(client.prepare(3), 3U);
  const std::uint64_t prepared = client.meter().total(Phase::preparation).bytes();
  EXPECT_GT(prepared, 0U);
  for (const std::uint64_t seed : {1, 2}) expect_inference(client, seed);
  EXPECT_EQ(client.meter().total(Phase::preparation).bytes(), prepared);
  client.finish();
  const Ending server = session.server_ending();
  expect_well(server);
  EXPECT_EQ(server.inferences, 2U);
}

TEST_F(Session, PreparesInSlicesWhileNobodyWaits) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  EXPECT_EQ(client.prepared(), 0U);
  while (client.prepare_slice(2)) {
  }
  EXPECT_EQ(client.prepared(), 2U);
  EXPECT_FALSE(client.prepare_slice(2));
  const std::uint64_t prepared = client.meter().total(Phase::preparation).bytes();
  for (const std::uint64_t seed : {1, 2}) expect_inference(client, seed);
  EXPECT_EQ(client.meter().total(Phase::preparation).bytes(), prepared);
  EXPECT_EQ(client.prepared(), 0U);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, BothSidesPrepareAsMuchAsTheSmallerMemoryHolds) {
  SessionOptions little;
  little.preparation_memory = 1 << 12;
  ServedSession session(served_, slots_, little);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  EXPECT_EQ(client.prepare(max_prepared_inferences), 1U);
  expect_inference(client, 6);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, MalformedPreparationsAreRefused) {
  expect_refused("before it has agreed upon the plan", [&](Channel& channel) {
    send(channel, true_hello());
    receive_server_hello(channel);
    send(channel, Request{RequestKind::prepare, {}, 1});
  });
  for (const RequestKind kind : {RequestKind::prepare, RequestKind::prepare_slice}) {
    for (const std::size_t inferences : {std::size_t{0}, max_prepared_inferences + 1}) {
      expect_refused("malformed", [&](Channel& channel) {
        send(channel, true_hello());
        receive_server_hello(channel);
        send(channel, Request{kind, {}, inferences});
      });
    }
  }
}

TEST_F(Session, ADemandForAnotherOtExtensionIsNamedAtBothEnds) {
  for (const char* part : {"iknp", "--ot ferret"}) {
    expect_both_fail(part, [](std::unique_ptr<Transport> transport) {
      SessionOptions options;
      options.extension = OtExtension::ferret;
      const Client client(std::move(transport), tiny_contract(), options);
    });
  }
}

TEST_F(Session, ClientRefusesAnOtExtensionThatTheProfileDoesNotHave) {
  PlanOptions options = revealing("logits");
  options.profile = "sirnn";
  const ServedModel served(tiny_model(), options);
  const auto [client, server] =
      meet_changed_server(served, [](ServerHello& hello) { hello.extension = OtExtension::ferret; });
  expect_failure(client, "bound to iknp");
  expect_failure(server, "bound to iknp");
}

TEST_F(Session, ClientFollowsTheServersWorthOfARound) {
  std::vector<std::uint64_t> rounds;
  for (const std::size_t round_bytes : {std::size_t{0}, round_bytes_of(wan_shape), max_round_bytes}) {
    PlanOptions options = revealing("logits");
    options.extension = OtExtension::ferret;
    options.round_bytes = round_bytes;
    const ServedModel served(tiny_model(), options);
    SessionSlots slots(1);
    ServedSession session(served, slots);
    Client client(std::move(session.client_end), tiny_contract(), {});
    EXPECT_EQ(client.plan().protocol_choices.round_bytes, round_bytes);
    client.start();
    expect_inference(client, 3);
    const Traffic online = client.meter().total(Phase::online);
    const PlanCost cost = cost_of(served.plan);
    EXPECT_EQ(online.bytes(), cost.online.bytes());
    EXPECT_EQ(online.rounds, cost.online.rounds);
    rounds.push_back(online.rounds);
    client.finish();
    expect_well(session.server_ending());
  }
  EXPECT_LT(rounds[1], rounds[0]);
  EXPECT_LE(rounds[2], rounds[1]);
}

TEST_F(Session, ClientRefusesAnAbsurdWorthOfARound) {
  for (const std::uint64_t absurd :
       {std::uint64_t{max_round_bytes} + 1, std::numeric_limits<std::uint64_t>::max()}) {
    const auto [client, server] =
        meet_changed_server(served_, [&](ServerHello& hello) { hello.round_bytes = absurd; });
    expect_failure(client, "more than any link carries");
    expect_failure(server, "more than any link carries");
    EXPECT_EQ(client.code, ErrorCode::peer);
  }
}

TEST_F(Session, ClientRefusesAWorthOfARoundThatIsNotThePlans) {
  // This one makes another plan.
  const auto [client, server] =
      meet_changed_server(served_, [](ServerHello& hello) { hello.round_bytes = round_bytes_of(wan_shape); });
  expect_failure(client, "different plans");
  expect_failure(server, "different plans");
  // A profile that weighs bytes alone makes the same plan, whatever is named.
  PlanOptions options = revealing("logits");
  options.profile = "sirnn";
  const ServedModel sirnn(tiny_model(), options);
  const auto [follower, other] =
      meet_changed_server(sirnn, [](ServerHello& hello) { hello.round_bytes = 1; });
  expect_failure(follower, "weighs it as 0");
  expect_failure(other, "weighs it as 0");
}

TEST_F(Session, ClientFollowsWhatPreparesLinearLayers) {
  for (const LinearPreparation linear :
       {LinearPreparation::ot, LinearPreparation::lattice, LinearPreparation::automatic}) {
    PlanOptions options = revealing("logits");
    options.profile = "hybrid";
    options.linear = linear;
    const ServedModel served(tiny_model(), options);
    SessionSlots slots(1);
    ServedSession session(served, slots);
    Client client(std::move(session.client_end), tiny_contract(), {});
    EXPECT_EQ(client.plan().options.linear, linear);
    client.start();
    client.prepare(2);
    for (const std::uint64_t seed : {3U, 4U, 5U}) expect_inference(client, seed);
    EXPECT_EQ(client.meter().total(Phase::online).bytes(), 3 * cost_of(served.plan).online.bytes());
    client.finish();
    expect_well(session.server_ending());
  }
}

TEST_F(Session, ClientFollowsWhichLayersStayWithOts) {
  PlanOptions options = revealing("logits");
  options.profile = "hybrid";
  const std::size_t all = lattice_steps(make_plan(tiny_model().graph, options)).size();
  options.ot_layers = {1};
  const ServedModel served(tiny_model(), options);
  ASSERT_EQ(lattice_steps(served.plan).size() + 1, all);
  SessionSlots slots(1);
  ServedSession session(served, slots);
  Client client(std::move(session.client_end), tiny_contract(), {});
  EXPECT_EQ(client.plan().options.ot_layers, std::set<NodeId>{1});
  client.start();
  expect_inference(client, 3);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, ClientRefusesToLeaveToOtsWhatIsNoLinearLayer) {
  PlanOptions options = revealing("logits");
  options.profile = "hybrid";
  const ServedModel served(tiny_model(), options);
  for (const NodeId layer : {NodeId{0}, NodeId{2}, NodeId{0xffffffff}}) {
    const auto [client, server] =
        meet_changed_server(served, [&](ServerHello& hello) { hello.ot_layers = {layer}; });
    expect_failure(client, "that are no linear layers");
    expect_failure(server, "that are no linear layers");
    EXPECT_EQ(client.code, ErrorCode::peer);
  }
}

TEST_F(Session, ClientRefusesLatticesThatAreNotThePlans) {
  const auto [client, server] =
      meet_changed_server(served_, [](ServerHello& hello) { hello.linear = LinearPreparation::lattice; });
  expect_failure(client, "bound to ot");
  expect_failure(server, "bound to ot");
}

/// A client meets a server whose hello has these bytes after both hashes.
void expect_refused_hello(const std::vector<std::uint8_t>& fields, const std::string& text) {
  auto channels = make_local_transports();
  auto server = std::async(std::launch::async, [&, transport = std::move(channels.first)]() mutable {
    return ending_of([&] {
      Channel channel(std::move(transport));
      receive_client_hello(channel);
      std::vector<std::uint8_t> hello;
      for (const std::uint8_t field : {0x0a, 0x12}) {  // both hashes
        hello.insert(hello.end(), {field, 32});
        hello.insert(hello.end(), 32, 0);
      }
      hello.insert(hello.end(), fields.begin(), fields.end());
      send_preamble(channel, session_version);
      channel.send_sized(hello);
      channel.flush();
      receive_request(channel);
    });
  });
  const Ending client =
      ending_of([&] { const Client made(std::move(channels.second), tiny_contract(), {}); });
  expect_failure(client, text);
  EXPECT_EQ(client.code, ErrorCode::peer);
  expect_failure(server.get(), text);
}

TEST_F(Session, ClientRefusesAnOtExtensionThatItDoesNotKnow) {
  // Field 8, a number: 0 (as if left out), the first unknown one, and the greatest.
  for (const std::vector<std::uint8_t>& field :
       {std::vector<std::uint8_t>{0x40, 0x00},
        {0x40, 0x06},
        {0x40, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}})
    expect_refused_hello(field, "OT extension number");
}

TEST_F(Session, ClientRefusesLinearLayersByAMethodThatItDoesNotKnow) {
  // Field 10, behind the known OT extension 1.
  for (const std::vector<std::uint8_t>& fields :
       {std::vector<std::uint8_t>{0x40, 0x01}, {0x40, 0x01, 0x50, 0x00}, {0x40, 0x01, 0x50, 0x04}})
    expect_refused_hello(fields, "linear preparation number");
}

}  // namespace
}  // namespace privquant
