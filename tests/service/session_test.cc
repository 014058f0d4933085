// One session in one process: what is computed, and how the two sides part when they do not fit together.
#include <array>
#include <chrono>
#include <thread>

#include "plan/plan_cost.h"
#include "service/session_fixture.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

TEST_F(Session, InfersWhatThePlaintextExecutorComputes) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  for (const std::uint64_t seed : {1, 2, 3}) {
    const IntegerTensor input = tiny_input(seed);
    const IntegerTensor expected = run_plaintext(tiny_model(), input);
    const Prediction prediction = client.infer(input);
    EXPECT_EQ(prediction.logits, expected.values);
    EXPECT_EQ(prediction.exponent, expected.type.exponent);
    EXPECT_EQ(prediction.classes.front(), argmax(expected));
  }
  client.finish();
  const Ending server = session.server_ending();
  expect_well(server);
  EXPECT_TRUE(server.started);
  EXPECT_EQ(server.inferences, 3U);
}

TEST_F(Session, MessagesOfTheSessionCountAsSetup) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  client.infer(tiny_input(1));
  const PlanCost cost = cost_of(client.plan());
  const Traffic online = client.meter().total(Phase::online);
  EXPECT_EQ(online.bytes_sent, cost.online.client_bytes);
  EXPECT_EQ(online.bytes_received, cost.online.server_bytes);
  EXPECT_EQ(online.rounds, cost.online.rounds);
  const Traffic preparation = client.meter().total(Phase::preparation);
  EXPECT_EQ(preparation.bytes_sent, cost.preparation.client_bytes);
  EXPECT_EQ(preparation.bytes_received, cost.preparation.server_bytes);
  EXPECT_EQ(preparation.rounds, cost.preparation.rounds);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, ClientWithoutContractIsGivenIt) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), std::nullopt, {});
  EXPECT_EQ(client.graph(), tiny_model().graph);
  client.start();
  expect_inference(client, 5);
  client.finish();
  expect_well(session.server_ending());
}

TEST_F(Session, ClientMayLeaveAfterTheContract) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), std::nullopt, {});
  client.finish();
  const Ending server = session.server_ending();
  expect_well(server);
  EXPECT_FALSE(server.started);
}

TEST_F(Session, BothSidesKeepToTheSmallerPreparationMemory) {
  SessionOptions little;
  little.preparation_memory = 1 << 12;
  ServedSession session(served_, slots_, little);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  expect_inference(client, 6);
  client.finish();
  expect_well(session.server_ending());
}

class RevealPolicy : public ::testing::TestWithParam<const char*> {};

TEST_P(RevealPolicy, ClientLearnsNoMore) {
  const ServedModel served(tiny_model(), revealing(GetParam()));
  SessionSlots slots(1);
  ServedSession session(served, slots);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  const Prediction prediction = client.infer(tiny_input(7));
  const IntegerTensor expected = run_plaintext(tiny_model(), tiny_input(7));
  EXPECT_TRUE(prediction.logits.empty());
  EXPECT_EQ(prediction.classes.size(), served.plan.options.reveal == Reveal::best_class ? 1U : 3U);
  EXPECT_EQ(prediction.classes.front(), argmax(expected));
  client.finish();
  expect_well(session.server_ending());
}

INSTANTIATE_TEST_SUITE_P(Policies, RevealPolicy, ::testing::Values("class", "top3"));

TEST_F(Session, ContractOfAnotherModelIsRefused) {
  expect_both_fail("has contract", [](std::unique_ptr<Transport> transport) {
    const Client client(std::move(transport), KnownContract{make_tiny_model(5).graph, "other.pqc"}, {});
  });
}

TEST_F(Session, ClientNamesTheFileOfAContractThatDoesNotFit) {
  ServedSession session(served_, slots_);
  const Ending ending = ending_of([&] {
    const Client client(std::move(session.client_end), KnownContract{make_tiny_model(5).graph, "other.pqc"},
                        {});
  });
  expect_failure(ending, "other.pqc");
  EXPECT_EQ(ending.code, ErrorCode::peer);
}

// The server that the client does not trust learns nothing of the client's files.
TEST_F(Session, ServerDoesNotLearnTheFilesName) {
  const auto [client, server] = meet_changed_server(
      served_, [](ServerHello& hello) { hello.contract_hash[0] ^= 1U; },
      KnownContract{tiny_model().graph, "/home/somebody/secret.pqc"});
  expect_failure(client, "/home/somebody/secret.pqc");
  expect_failure(server, "the client has contract");
  EXPECT_EQ(server.sentence.find("secret.pqc"), std::string::npos) << server.sentence;
}

TEST_F(Session, HelloHasADeadline) {
  SessionOptions impatient;
  impatient.patience = 300ms;
  ServedSession session(served_, slots_, impatient);
  const auto start = std::chrono::steady_clock::now();
  auto dribbling = std::async(std::launch::async, [&] {
    Channel channel(std::move(session.client_end));
    return ending_of([&] {
      send_preamble(channel, session_version);
      channel.send(std::array<std::uint8_t, 4>{200, 0, 0, 0});
      // A hello of 200 bytes, one a frame: none of them is awaited for long.
      for (int i = 0; i < 200; ++i) {
        channel.send(std::array<std::uint8_t, 1>{});
        channel.flush();
        std::this_thread::sleep_for(30ms);
      }
    });
  });
  const Ending server = session.server_ending();
  EXPECT_EQ(server.code, ErrorCode::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_TRUE(dribbling.get().code.has_value());
}

TEST_F(Session, OtherVersionIsNamedAtBothEnds) {
  expect_refused("version 77", [](Channel& channel) { send_preamble(channel, 77); });
}

TEST_F(Session, ServerOfAnotherVersionIsNamedAtBothEnds) {
  auto channels = make_local_transports();
  auto server = std::async(std::launch::async, [transport = std::move(channels.first)]() mutable {
    return ending_of([&] {
      Channel channel(std::move(transport));
      receive_client_hello(channel);
      send_preamble(channel, 78);
      channel.flush();
      receive_request(channel);
    });
  });
  expect_failure(ending_of([&] { const Client client(std::move(channels.second), tiny_contract(), {}); }),
                 "version 78");
  expect_failure(server.get(), "version 78");
}

TEST_F(Session, OtherPlanIsNamedAtBothEnds) {
  expect_refused("different plans", [&](Channel& channel) {
    send(channel, true_hello());
    receive_server_hello(channel);
    send(channel, Request{RequestKind::start, served_.contract_hash});
  });
}

TEST_F(Session, ClientComparesThePlansToo) {
  const auto [client, server] =
      meet_changed_server(served_, [](ServerHello& hello) { hello.plan_hash = hello.contract_hash; });
  expect_failure(client, "different plans");
  expect_failure(server, "different plans");
}

TEST_F(Session, ClientRefusesAProfileThatItDoesNotKnow) {
  const auto [client, server] =
      meet_changed_server(served_, [](ServerHello& hello) { hello.profile = "nonesuch"; });
  expect_failure(client, "nonesuch");
  expect_failure(server, "nonesuch");
  EXPECT_EQ(client.code, ErrorCode::peer);
}

TEST_F(Session, ClientRefusesUnboundedPreparation) {
  for (const std::uint64_t memory : {std::uint64_t{0}, std::uint64_t{1} << 60}) {
    const auto [client, server] =
        meet_changed_server(served_, [&](ServerHello& hello) { hello.preparation_memory = memory; });
    expect_failure(client, "memory for preparation");
    expect_failure(server, "memory for preparation");
  }
}

TEST_F(Session, ClientRefusesAContractThatWasNotAnnounced) {
  const auto [client, server] = meet_changed_server(
      served_, [](ServerHello& hello) { hello.contract_hash = hello.plan_hash; }, std::nullopt);
  expect_failure(client, "not the one it announced");
  expect_failure(server, "not the one it announced");
}

TEST_F(Session, OtherLinkIsNamedAtBothEnds) {
  expect_both_fail("--network", [](std::unique_ptr<Transport> transport) {
    SessionOptions options;
    options.link = lan_shape;
    const Client client(std::move(transport), tiny_contract(), options);
  });
}

TEST_F(Session, GarbageIsRefused) {
  expect_refused("does not begin a PrivQuant session", [](Channel& channel) {
    const std::string garbage = "GET / HTTP/1.1\r\n\r\n";
    channel.send(as_bytes(garbage));
  });
}

TEST_F(Session, MalformedHelloIsRefused) {
  expect_refused("malformed", [](Channel& channel) {
    send_preamble(channel, session_version);
    // Field 1 of 2^60 bytes.
    const std::array<std::uint8_t, 10> hello{0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10};
    channel.send_sized(hello);
  });
  expect_refused("malformed", [&](Channel& channel) {
    ClientHello hello = true_hello();
    hello.link = "\x1b[31mred";  // would colour a terminal
    send(channel, hello);
  });
}

TEST_F(Session, LongHelloIsRefusedByItsLength) {
  expect_refused("announces a message of 4294967295 bytes", [](Channel& channel) {
    send_preamble(channel, session_version);
    const std::array<std::uint8_t, 4> length{0xff, 0xff, 0xff, 0xff};
    channel.send(length);
  });
}

TEST_F(Session, ClientThatGrantsNoMemoryIsRefused) {
  expect_refused("no memory for preparation", [&](Channel& channel) {
    ClientHello hello = true_hello();
    hello.preparation_memory = 0;
    send(channel, hello);
  });
}

TEST_F(Session, RequestsOutOfTurnAreRefused) {
  expect_refused("before it has agreed upon the plan", [&](Channel& channel) {
    send(channel, true_hello());
    receive_server_hello(channel);
    send(channel, Request{RequestKind::infer, {}});
  });
}

TEST_F(Session, SilentClientIsTimedOut) {
  SessionOptions impatient;
  impatient.patience = 50ms;
  ServedSession session(served_, slots_, impatient);
  const Ending server = session.server_ending();
  EXPECT_EQ(server.code, ErrorCode::timeout);
}

TEST_F(Session, ClientThatFallsSilentLaterIsTimedOutAndToldSo) {
  SessionOptions impatient;
  impatient.patience = 300ms;
  ServedSession session(served_, slots_, impatient);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  const Ending server = session.server_ending();
  EXPECT_EQ(server.code, ErrorCode::timeout);
  EXPECT_TRUE(server.started);
  expect_failure(ending_of([&] { client.infer(tiny_input(1)); }), "gave up");
}

TEST_F(Session, SilentServerIsTimedOut) {
  auto channels = make_local_transports();
  SessionOptions impatient;
  impatient.patience = 50ms;
  const Ending client =
      ending_of([&] { const Client made(std::move(channels.second), tiny_contract(), impatient); });
  EXPECT_EQ(client.code, ErrorCode::timeout);
}

TEST_F(Session, BusyServerSaysSoAndTakesTheNextLater) {
  ServedSession first(served_, slots_);
  Client holder(std::move(first.client_end), tiny_contract(), {});
  expect_both_fail("busy", [](std::unique_ptr<Transport> transport) {
    const Client client(std::move(transport), tiny_contract(), {});
  });
  holder.start();
  expect_inference(holder, 2);
  holder.finish();
  expect_well(first.server_ending());

  ServedSession next(served_, slots_);
  Client client(std::move(next.client_end), tiny_contract(), {});
  client.finish();
  expect_well(next.server_ending());
}

TEST_F(Session, AWrongInputIsRefusedBeforeTheServerIsAsked) {
  ServedSession session(served_, slots_);
  Client client(std::move(session.client_end), tiny_contract(), {});
  client.start();
  IntegerTensor input = tiny_input(1);
  input.values.front() = 123456789;  // fits no input type
  const Ending ending = ending_of([&] { client.infer(input); });
  EXPECT_EQ(ending.code, ErrorCode::usage);
  EXPECT_EQ(ending.sentence.find("123456789"), std::string::npos) << "an input is secret";
  // The session goes on.
  expect_inference(client, 1);
  client.finish();
  const Ending server = session.server_ending();
  expect_well(server);
  EXPECT_EQ(server.inferences, 1U);
}

}  // namespace
}  // namespace privquant
