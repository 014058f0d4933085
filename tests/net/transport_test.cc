// What every kind of transport must do.
#include "net/transport.h"

#include <gtest/gtest.h>

#include <vector>

#include "expect_error.h"
#include "loopback.h"
#include "net/channel.h"
#include "net/local_transport.h"
#include "net/shaped_transport.h"
#include "two_parties.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

TransportPair make_local_pair() {
  auto pair = make_local_transports();
  return {std::move(pair.first), std::move(pair.second)};
}

TransportPair shaped(TransportPair pair) {
  constexpr LinkShape fast{40e9, 20e-6};
  return {make_shaped_transport(std::move(pair.server), fast),
          make_shaped_transport(std::move(pair.client), fast)};
}

struct Kind {
  const char* name;
  TransportPair (*make)();
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class EveryTransport : public testing::TestWithParam<Kind> {
 protected:
  TransportPair pair_ = GetParam().make();
};

WireBuffer pattern(std::size_t length, std::size_t seed) {
  WireBuffer bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 251 + seed);
  return bytes;
}

TEST_P(EveryTransport, KeepsFramesWhole) {
  const std::vector<std::size_t> lengths{
      0, 1, 11, 12, 13, 4083, 4084, 4085, 4096, 0, 0, 65536, max_frame_bytes, 7};
  const auto exchange = [&](Transport& transport) {
    for (std::size_t i = 0; i < lengths.size(); ++i)
      transport.send({FrameKind::data, static_cast<std::uint32_t>(0x89abcdef + i), pattern(lengths[i], i)},
                     test_patience);
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      const Frame frame = transport.receive(test_patience);
      EXPECT_EQ(frame.kind, FrameKind::data);
      EXPECT_EQ(frame.depth, 0x89abcdef + i);
      EXPECT_EQ(frame.payload, pattern(lengths[i], i));
    }
  };
  run_both([&] { exchange(*pair_.server); }, [&] { exchange(*pair_.client); });
}

TEST_P(EveryTransport, LetsBothSendMuchAtOnce) {
  constexpr std::size_t length = std::size_t{64} << 20;
  Channel server(std::move(pair_.server));
  Channel client(std::move(pair_.client));
  const auto exchange = [&](Channel& channel, std::size_t seed) {
    channel.send(pattern(length, seed));
    WireBuffer received(length);
    channel.receive(received);
    EXPECT_EQ(received, pattern(length, 1 - seed));
    EXPECT_EQ(channel.meter().total().rounds, 1U);
  };
  run_both([&] { exchange(server, 0); }, [&] { exchange(client, 1); });
}

TEST_P(EveryTransport, PlaysPingPong) {
  Channel server(std::move(pair_.server));
  Channel client(std::move(pair_.client));
  constexpr int rounds = 200;
  std::array<std::uint8_t, 16> ball{};
  std::array<std::uint8_t, 16> caught{};
  run_both(
      [&] {
        for (int i = 0; i < rounds; ++i) {
          ++ball[0];
          server.send(ball);
          server.receive(ball);
        }
      },
      [&] {
        for (int i = 0; i < rounds; ++i) {
          client.receive(caught);
          ++caught[1];
          client.send(caught);
        }
        client.flush();
      });
  EXPECT_EQ(ball[0], rounds);
  EXPECT_EQ(ball[1], rounds);
  EXPECT_EQ(server.meter().total().rounds, 2U * rounds);
  EXPECT_EQ(client.meter().total().rounds, 2U * rounds);
}

TEST_P(EveryTransport, CloseDeliversWhatIsQueued) {
  constexpr std::size_t length = std::size_t{20} << 20;
  run_both(
      [&] {
        Channel server(std::move(pair_.server));
        server.send(pattern(length, 5));
        server.close();
      },
      [&] {
        Channel client(std::move(pair_.client));
        WireBuffer received(length);
        client.receive(received);
        EXPECT_EQ(received, pattern(length, 5));
        EXPECT_ERROR(client.receive(received), ErrorCode::network, "closed the connection");
      });
}

TEST_P(EveryTransport, EndsMidMessageWithAClearError) {
  Channel client(std::move(pair_.client));
  run_both(
      [&] {
        Frame frame;
        frame.depth = 1;
        frame.payload = pattern(100, 0);
        pair_.server->send(std::move(frame), test_patience);
        pair_.server->close();
      },
      [&] {
        WireBuffer message(101);
        EXPECT_ERROR(client.receive(message), ErrorCode::network, "the other party closed the connection");
      });
  EXPECT_ERROR(pair_.server->send({}, test_patience), ErrorCode::network, "closed already");
  EXPECT_ERROR(pair_.server->receive(test_patience), ErrorCode::network, "closed already");
}

TEST_P(EveryTransport, ASilentPeerIsNoticed) {
  EXPECT_ERROR(pair_.client->receive(20ms), ErrorCode::timeout, "sent nothing for 0.02 s");
}

TEST_P(EveryTransport, APeerThatReadsNothingIsNoticed) {
  Channel server(std::move(pair_.server));
  server.set_patience(100ms);
  const WireBuffer much(std::size_t{64} << 20);
  EXPECT_ERROR(server.send(much), ErrorCode::timeout, "took no data for 0.1 s");
}

TEST_P(EveryTransport, ABusySenderHearsWhyThePeerGaveUp) {
  Channel server(std::move(pair_.server));
  Channel client(std::move(pair_.client));
  run_both(
      [&] {
        std::array<std::uint8_t, 1000> begin{};
        server.receive(begin);
        server.abort("the model has another contract");
      },
      [&] {
        const WireBuffer much(std::size_t{64} << 20);
        EXPECT_ERROR(for (;;) client.send(much), ErrorCode::peer,
                     "the other party gave up: the model has another contract");
      });
}

TEST_P(EveryTransport, ClosesTwice) {
  pair_.client->close();
  pair_.client->close();
  EXPECT_ERROR(pair_.server->receive(test_patience), ErrorCode::network, "closed the connection");
}

INSTANTIATE_TEST_SUITE_P(Net, EveryTransport,
                         testing::Values(Kind{"local", make_local_pair}, Kind{"tcp", make_tcp_pair},
                                         Kind{"tls", make_pinned_pair},
                                         Kind{"shaped_local", [] { return shaped(make_local_pair()); }},
                                         Kind{"shaped_tcp", [] { return shaped(make_tcp_pair()); }}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace privquant
