// A server on loopback with good, bad and several clients.
#include "service/server.h"

#include <thread>

#include "net/loopback.h"
#include "net/shaped_transport.h"
#include "service/served_tiny.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

class ServerOnLoopback : public ::testing::Test {
 protected:
  ~ServerOnLoopback() override {
    if (!server_) return;
    server_->stop();
    if (running_.valid()) running_.get();
  }

  static ServerOptions plain() {
    ServerOptions options;
    options.listen = any_loopback_port;
    options.plan = revealing("logits");
    return options;
  }

  void run(ServerOptions options) {
    if (options.tls) fingerprint_ = options.tls->fingerprint();
    server_ = std::make_unique<Server>(tiny_model(), std::move(options));
    running_ = std::async(std::launch::async, [this] { return server_->run(); });
  }

  std::unique_ptr<Client> connect_client(const SessionOptions& options = {}) {
    const ClientTls tls = fingerprint_.empty() ? ClientTls::insecure() : ClientTls::pinned(fingerprint_);
    return std::make_unique<Client>(connect_to_server(server_->endpoint(), tls, options), tiny_contract(),
                                    options);
  }

  void expect_served() {
    const auto client = connect_client();
    client->start();
    expect_inference(*client, 3);
    client->finish();
  }

  Socket connect_raw() { return raw_connect(server_->endpoint().port); }

  std::unique_ptr<Server> server_;
  std::string fingerprint_;
  std::future<bool> running_;
};

ServerOptions with_tls(ServerOptions options) {
  options.tls = ServerTls::self_signed();
  return options;
}

TEST_F(ServerOnLoopback, ServesSeveralAtOnceOverTls) {
  run(with_tls(plain()));
  std::thread other([&] { expect_served(); });
  expect_served();
  other.join();
  expect_served();
}

TEST_F(ServerOnLoopback, GarbageDisturbsNobody) {
  for (const bool tls : {false, true}) {
    run(tls ? with_tls(plain()) : plain());
    const Socket text = connect_raw();
    raw_send(text, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Socket half = connect_raw();
    raw_send(half, "PQ");
    const Socket silent = connect_raw();
    { const Socket brief = connect_raw(); }
    const Socket longest = connect_raw();
    raw_send(longest, std::string("PQ1\x01\xff\xff\xff\xff\xff\xff\xff\xff", 12));
    expect_served();
    server_->stop();
    EXPECT_TRUE(running_.get());
  }
}

TEST_F(ServerOnLoopback, ClientThatBreaksOffDisturbsNobody) {
  run(plain());
  {
    const auto client = connect_client();
    client->start();
  }
  expect_served();
}

TEST_F(ServerOnLoopback, BusyServerTurnsTheNextClientAway) {
  ServerOptions options = plain();
  options.max_sessions = 1;
  run(std::move(options));
  auto holder = connect_client();
  const Socket silent = connect_raw();  // takes no place
  expect_failure(ending_of([&] { connect_client(); }), "busy");
  holder->start();
  holder->infer(tiny_input(1));
  holder->finish();
}

TEST_F(ServerOnLoopback, OnceEndsAfterTheFirstTrueSession) {
  ServerOptions options = plain();
  options.once = true;
  run(std::move(options));
  {
    const Socket brief = connect_raw();  // does not count
    raw_send(brief, "nonsense that is no frame");
  }
  connect_client()->finish();  // nor does who only looks
  expect_served();
  EXPECT_TRUE(running_.get());
}

TEST_F(ServerOnLoopback, OnceTellsOfFailure) {
  ServerOptions options = plain();
  options.once = true;
  run(std::move(options));
  connect_client()->start();
  EXPECT_FALSE(running_.get());
}

TEST_F(ServerOnLoopback, StopCutsSessionsOff) {
  run(with_tls(plain()));
  const auto client = connect_client();
  client->start();
  server_->stop();
  EXPECT_TRUE(running_.get());
  EXPECT_NE(ending_of([&] { client->infer(tiny_input(1)); }).sentence, "");
}

TEST_F(ServerOnLoopback, ShapedLinkGivesTheSameResult) {
  ServerOptions options = plain();
  options.session.link = lan_shape;
  run(std::move(options));
  SessionOptions shaped;
  shaped.link = lan_shape;
  const auto client = connect_client(shaped);
  client->start();
  expect_inference(*client, 4);
  client->finish();
}

TEST_F(ServerOnLoopback, WithoutTlsOnlyOnLoopback) {
  ServerOptions options = plain();
  options.listen.host = "0.0.0.0";
  const Ending server = ending_of([&] { const Server made(tiny_model(), options); });
  EXPECT_EQ(server.code, ErrorCode::usage);
  expect_failure(server, "without TLS");
  const Ending client = ending_of([&] {
    connect_to_server({"192.0.2.1", 7000}, ClientTls::insecure(), SessionOptions{});
  });
  EXPECT_EQ(client.code, ErrorCode::usage);
  expect_failure(client, "without TLS");
}

TEST_F(ServerOnLoopback, PortInUseIsNamed) {
  run(plain());
  ServerOptions options = plain();
  options.listen.port = server_->endpoint().port;
  expect_failure(ending_of([&] { const Server second(tiny_model(), options); }), "in use");
}

}  // namespace
}  // namespace privquant
