#include "net/shaped_transport.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "net/local_transport.h"
#include "two_parties.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::pair<std::unique_ptr<Channel>, std::unique_ptr<Channel>> make_shaped_channels(LinkShape shape) {
  auto pair = make_local_transports();
  return {std::make_unique<Channel>(make_shaped_transport(std::move(pair.first), shape)),
          std::make_unique<Channel>(make_shaped_transport(std::move(pair.second), shape))};
}

TEST(ShapedTransport, EachRoundTripTakesTwoDelays) {
  const auto channels = make_shaped_channels({1e9, 0.01});
  std::array<std::uint8_t, 4> ball{};
  std::array<std::uint8_t, 4> caught{};
  const auto begin = Clock::now();
  run_both(
      [&] {
        for (int i = 0; i < 5; ++i) {
          channels.first->send(ball);
          channels.first->receive(ball);
        }
      },
      [&] {
        for (int i = 0; i < 5; ++i) {
          channels.second->receive(caught);
          channels.second->send(caught);
        }
        channels.second->flush();
      });
  EXPECT_GE(seconds_since(begin), 0.1);
}

TEST(ShapedTransport, BytesTakeTheirTime) {
  const auto channels = make_shaped_channels({80e6, 0});  // 10 MB a second
  const std::vector<std::uint8_t> message(2'000'000);
  std::vector<std::uint8_t> received(message.size());
  const auto begin = Clock::now();
  run_both([&] { channels.first->send(message), channels.first->flush(); },
           [&] { channels.second->receive(received); });
  EXPECT_GE(seconds_since(begin), 0.2);
}

TEST(ShapedTransport, DelayDoesNotLimitTheRate) {
  // 40 frames of 10 ms delay in a row would take 0.4 s; on the link at once they need one delay.
  const auto channels = make_shaped_channels({8e9, 0.05});
  const std::vector<std::uint8_t> message(5'000'000);
  std::vector<std::uint8_t> received(message.size());
  const auto begin = Clock::now();
  run_both([&] { channels.first->send(message), channels.first->flush(); },
           [&] { channels.second->receive(received); });
  EXPECT_GE(seconds_since(begin), 0.055);
  EXPECT_EQ(received, message);
}

TEST(ShapedTransport, CloseWaitsUntilAllHasArrived) {
  auto channels = make_shaped_channels({1e9, 0.05});
  const std::array<std::uint8_t, 2> message{1, 2};
  const auto begin = Clock::now();
  channels.first->send(message);
  channels.first->close();
  EXPECT_GE(seconds_since(begin), 0.05);
  std::array<std::uint8_t, 2> received{};
  channels.second->receive(received);
  EXPECT_EQ(received, message);
}

TEST(ShapedTransport, AFailureOfTheLinkReachesTheSender) {
  auto pair = make_local_transports();
  const auto shaped = make_shaped_transport(std::move(pair.first), {1e9, 0});
  pair.second->close();
  EXPECT_ERROR(for (;;) shaped->send({}, 1s), ErrorCode::network, "the other party closed the connection");
}

TEST(LinkShape, HasPresetsAndNumbers) {
  EXPECT_EQ(parse_link_shape("lan").bits_per_second, 3e9);
  EXPECT_EQ(parse_link_shape("lan").one_way_delay_seconds, 0.15e-3);
  EXPECT_EQ(parse_link_shape("wan").bits_per_second, 320e6);
  EXPECT_EQ(parse_link_shape("wan").one_way_delay_seconds, 40e-3);
  EXPECT_DOUBLE_EQ(parse_link_shape("100,20").bits_per_second, 100e6);
  EXPECT_DOUBLE_EQ(parse_link_shape("100,20").one_way_delay_seconds, 0.01);
  EXPECT_DOUBLE_EQ(parse_link_shape("0.5,0").bits_per_second, 0.5e6);
  for (const char* text :
       {"", ",", "100", "100,", ",20", "0,20", "-1,20", "100,-1", "nan,1", "1,inf", "1e9,1", "1,1,1", "Lan"})
    EXPECT_ERROR(parse_link_shape(text), ErrorCode::usage, "write lan, wan or MBPS,RTT_MS");
}

}  // namespace
}  // namespace privquant
