#include "engine/run_both_sides.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "net/local_transport.h"

namespace privquant {
namespace {

class RunBothSides : public testing::Test {
 protected:
  // The sentence of the error that comes out.
  template <typename Server, typename Client>
  std::string error_of(Server&& serve, Client&& ask) {
    try {
      run_both_sides(*channels_.first, *channels_.second, serve, ask);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> channels_ = make_local_channels();
  std::array<std::uint8_t, 4> bytes_{};
};

TEST_F(RunBothSides, ReturnsWhatTheClientReturns) {
  EXPECT_EQ(run_both_sides(
                *channels_.first, *channels_.second, [] {}, [] { return 7; }),
            7);
}

TEST_F(RunBothSides, ServersErrorComesOutWhereTheClientWaits) {
  EXPECT_EQ(error_of([] { fail(ErrorCode::usage, "server's"); },
                     [&] {
                       channels_.second->receive(bytes_);
                       return 0;
                     }),
            "server's");
}

TEST_F(RunBothSides, ServersErrorComesOutWhereTheClientIsDone) {
  EXPECT_EQ(error_of([] { fail(ErrorCode::usage, "server's"); }, [] { return 0; }), "server's");
}

TEST_F(RunBothSides, ClientsErrorComesOutWhereTheServerWaits) {
  EXPECT_EQ(error_of([&] { channels_.first->receive(bytes_); },
                     []() -> int { fail(ErrorCode::usage, "client's"); }),
            "client's");
}

}  // namespace
}  // namespace privquant
