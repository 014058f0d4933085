#include "net/listener.h"

#include <gtest/gtest.h>

#include <thread>

#include "expect_error.h"
#include "loopback.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

TEST(Listener, ReportsThePortAndWhoCame) {
  Listener listener(any_loopback_port);
  ASSERT_NE(listener.port(), 0);
  const Socket client = raw_connect(listener.port());
  const Socket server = accept_one(listener);
  EXPECT_EQ(server.remote().rfind("127.0.0.1:", 0), 0U) << server.remote();
}

TEST(Listener, SaysWhenThePortIsInUse) {
  const Listener first(any_loopback_port);
  EXPECT_ERROR(Listener({"127.0.0.1", first.port()}), ErrorCode::network,
               "port " + std::to_string(first.port()) + " of 127.0.0.1 is in use; stop the program");
}

TEST(Listener, CanListenAgainAtOnce) {
  std::uint16_t port = 0;
  {
    Listener listener(any_loopback_port);
    port = listener.port();
    const Socket client = raw_connect(port);
    const Socket server = accept_one(listener);
  }
  EXPECT_EQ(Listener({"127.0.0.1", port}).port(), port);
}

TEST(Listener, RefusesAddressesOfOthers) {
  EXPECT_ERROR(Listener({"192.0.2.1", 0}), ErrorCode::network, "cannot listen at 192.0.2.1:0");
}

TEST(Listener, WaitsNoLongerThanAsked) {
  Listener listener(any_loopback_port);
  EXPECT_FALSE(listener.accept(5ms));
  EXPECT_FALSE(listener.accept(0ms));
  const Socket client = raw_connect(listener.port());
  EXPECT_TRUE(listener.accept(test_patience));
}

TEST(Listener, StopEndsAcceptFromAnotherThread) {
  Listener listener(any_loopback_port);
  std::thread stopper([&] {
    std::this_thread::sleep_for(20ms);
    listener.stop();
  });
  EXPECT_FALSE(listener.accept(10min));
  stopper.join();
  EXPECT_FALSE(listener.accept(10min));
}

TEST(Listener, AClientThatSaysNothingHoldsUpNobody) {
  Listener listener(any_loopback_port);
  const Socket silent = raw_connect(listener.port());
  const Socket stalled_session = accept_one(listener);
  const auto tls = ServerTls::self_signed();
  auto session = std::async(std::launch::async,
                            [&] { return make_tls_transport(accept_one(listener), tls, test_patience); });
  const auto client =
      connect({"127.0.0.1", listener.port()}, ClientTls::pinned(tls.fingerprint()), test_patience);
  EXPECT_NE(session.get(), nullptr);
}

TEST(Connect, SaysWhyNot) {
  std::uint16_t port = 0;
  {
    const Listener listener(any_loopback_port);
    port = listener.port();
  }
  EXPECT_ERROR(connect({"127.0.0.1", port}, ClientTls::insecure(), test_patience), ErrorCode::network,
               "nobody listens at 127.0.0.1:" + std::to_string(port));
  EXPECT_ERROR(connect({"no_such_host.invalid", 1}, ClientTls::insecure(), test_patience), ErrorCode::network,
               "the host name 'no_such_host.invalid' is unknown");
}

}  // namespace
}  // namespace privquant
