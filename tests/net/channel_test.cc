#include "net/channel.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "expect_error.h"
#include "net/local_transport.h"
#include "two_parties.h"

namespace privquant {
namespace {

using namespace std::chrono_literals;

std::vector<std::uint8_t> pattern(std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 251);
  return bytes;
}

std::vector<std::uint8_t> read(Channel& channel, std::size_t length) {
  std::vector<std::uint8_t> bytes(length);
  channel.receive(bytes);
  return bytes;
}

TEST(Channel, KeepsOrderAcrossMessageAndFrameBorders) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  const auto bytes = pattern(1'000'003);
  run_both(
      [&] {
        for (std::size_t at = 0, part = 1; at < bytes.size(); at += part, part = part * 3 % 100'003 + 1)
          one.send(Bytes(bytes).subspan(at, std::min(part, bytes.size() - at)));
        one.flush();
      },
      [&] {
        std::vector<std::uint8_t> seen;
        for (std::size_t part = 1; seen.size() < bytes.size(); part = part * 5 % 70'001 + 1) {
          const auto more = read(two, std::min(part, bytes.size() - seen.size()));
          seen.insert(seen.end(), more.begin(), more.end());
        }
        EXPECT_EQ(seen, bytes);
      });
  EXPECT_EQ(one.meter().total().bytes_sent, bytes.size());
  EXPECT_EQ(two.meter().total().bytes_received, bytes.size());
  EXPECT_EQ(one.meter().total().bytes_received, 0U);
  // However many frames it took, nobody waited for an answer.
  EXPECT_EQ(one.meter().total().rounds, 1U);
  EXPECT_EQ(two.meter().total().rounds, 1U);
}

TEST(Channel, DeadlineHoldsHoweverMuchComes) {
  const auto channels = make_local_channels();
  Channel& slow = *channels.first;
  Channel& two = *channels.second;
  two.set_deadline(std::chrono::steady_clock::now() + 200ms);
  run_both(
      [&] {
        for (int i = 0; i < 40; ++i) {
          slow.send(pattern(1));
          slow.flush();
          std::this_thread::sleep_for(20ms);
        }
      },
      [&] {
        EXPECT_ERROR(read(two, 40), ErrorCode::timeout, "");
        EXPECT_ERROR(read(two, 40), ErrorCode::timeout, "took too long");
        two.set_deadline(std::nullopt);
        EXPECT_EQ(read(two, 20).size(), 20U);
      });
}

TEST(Channel, AnExchangeWithAnAnswerIsTwoRounds) {
  const auto channels = make_local_channels();
  Channel& sender = *channels.first;
  Channel& receiver = *channels.second;
  for (int repeat = 1; repeat <= 3; ++repeat) {
    run_both(
        [&] {
          receiver.send(pattern(16));
          read(receiver, 32);
        },
        [&] {
          read(sender, 16);
          sender.send(pattern(32));
          sender.flush();
        });
    // The receiver speaks again having read the answer: rounds add up to a chain of 2, 4, 6.
    EXPECT_EQ(sender.meter().total().rounds, 2U * static_cast<unsigned>(repeat));
    EXPECT_EQ(receiver.meter().total().rounds, 2U * static_cast<unsigned>(repeat));
  }
}

TEST(Channel, MessagesThatCrossAreOneRound) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  const auto exchange = [](Channel& channel) {
    channel.send(pattern(8));
    read(channel, 8);
  };
  run_both([&] { exchange(one); }, [&] { exchange(two); });
  EXPECT_EQ(one.meter().total().rounds, 1U);
  EXPECT_EQ(two.meter().total().rounds, 1U);
  run_both([&] { exchange(one); }, [&] { exchange(two); });
  EXPECT_EQ(one.meter().total().rounds, 2U);
  EXPECT_EQ(two.meter().total().rounds, 2U);
}

TEST(Channel, SendingTheSameWayTwiceIsOneRound) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send(pattern(4));
  one.flush();
  one.send(pattern(4));
  one.flush();
  read(two, 8);
  EXPECT_EQ(one.meter().total().rounds, 1U);
  EXPECT_EQ(two.meter().total().rounds, 1U);
}

TEST(Channel, RoundsBelongToTheLabelThatSentOnBothSides) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  run_both(
      [&] {
        {
          const auto first = one.meter().functionality("first");
          one.send(pattern(3));  // stays in the buffer until the next receive, under another label
        }
        const auto second = one.meter().functionality("second");
        read(one, 5);
      },
      [&] {
        {
          const auto first = two.meter().functionality("first");
          read(two, 3);
        }
        const auto second = two.meter().functionality("second");
        two.send(pattern(5));
        two.flush();
      });
  for (Channel* channel : {&one, &two}) {
    const auto& traffic = channel->meter().by_label();
    EXPECT_EQ(traffic.at({Phase::setup, "", "first"}).rounds, 1U);
    EXPECT_EQ(traffic.at({Phase::setup, "", "first"}).bytes(), 3U);
    EXPECT_EQ(traffic.at({Phase::setup, "", "second"}).rounds, 1U);
    EXPECT_EQ(traffic.at({Phase::setup, "", "second"}).bytes(), 5U);
  }
}

TEST(Channel, AlignedRoundsCountFromTheSamePointForBoth) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send(pattern(1));
  one.flush();
  read(two, 1);
  one.align_rounds();
  two.align_rounds();
  // Without aligning, the second message from the same side would join the first one's round.
  one.send(pattern(1));
  one.flush();
  read(two, 1);
  EXPECT_EQ(one.meter().total().rounds, 2U);
  EXPECT_EQ(two.meter().total().rounds, 2U);
}

TEST(Channel, EmptyMessagesCostNothing) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send({});
  one.flush();
  two.receive({});
  EXPECT_EQ(one.meter().total().rounds, 0U);
  EXPECT_EQ(two.meter().total().rounds, 0U);
}

TEST(Channel, SizedMessagesCarryTheirLength) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send_sized(pattern(70'000));
  one.send_sized({});
  one.flush();
  EXPECT_EQ(two.receive_sized(70'000), pattern(70'000));
  EXPECT_TRUE(two.receive_sized(0).empty());
  EXPECT_EQ(two.meter().total().bytes_received, 70'008U);
}

TEST(Channel, RefusesASizedMessageBeyondTheLimit) {
  for (const std::array<std::uint8_t, 4> length :
       {std::array<std::uint8_t, 4>{0, 0, 0, 0x80}, {255, 255, 255, 255}, {0xe9, 3, 0, 0}}) {
    const auto channels = make_local_channels();
    Channel& one = *channels.first;
    Channel& two = *channels.second;
    one.send(length);
    one.flush();
    EXPECT_ERROR(two.receive_sized(1000), ErrorCode::peer, "at most 1000");
  }
}

TEST(Channel, AbortTellsTheReasonOnceCleaned) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.abort("no such model\x1b[31m\n" + std::string(1000, 'x'));
  try {
    read(two, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::peer);
    const std::string text = error.what();
    EXPECT_NE(text.find("the other party gave up: no such model?[31m?xxx"), std::string::npos) << text;
    EXPECT_LE(text.size(), 540U);
  }
  EXPECT_ERROR(one.send(pattern(1)), ErrorCode::network, "closed already");
}

TEST(Channel, ASenderLearnsTheReasonToo) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send(pattern(10));
  one.flush();
  one.abort("out of memory");
  EXPECT_ERROR(two.send(pattern(1 << 20)), ErrorCode::peer, "gave up: out of memory");
}

TEST(Channel, CloseSendsWhatIsBufferedAndEndsTheStream) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send(pattern(6));
  one.close();
  EXPECT_EQ(read(two, 4), std::vector<std::uint8_t>({0, 131, 6, 137}));
  EXPECT_ERROR(read(two, 3), ErrorCode::network, "the other party closed the connection");
}

TEST(Channel, PatienceEnds) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.send(pattern(1));
  one.flush();
  two.set_patience(20ms);
  EXPECT_ERROR(read(two, 2), ErrorCode::timeout, "sent nothing for 0.02 s");
}

TEST(Channel, ASenderWhomNobodyReadsGivesUp) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  one.set_patience(20ms);
  const std::vector<std::uint8_t> much(max_queued_bytes + max_frame_bytes);
  EXPECT_ERROR(one.send(much), ErrorCode::timeout, "took no data");
}

TEST(Channel, BothMaySendMuchAtOnce) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  const auto bytes = pattern(std::size_t{64} << 20);
  const auto exchange = [&](Channel& channel) {
    channel.send(bytes);
    EXPECT_EQ(read(channel, bytes.size()), bytes);
  };
  run_both([&] { exchange(one); }, [&] { exchange(two); });
}

TEST(Channel, DigestDependsOnBytesAndNotOnHowTheyWereCut) {
  const auto channels = make_local_channels();
  Channel& one = *channels.first;
  Channel& two = *channels.second;
  one.trace_sent();
  two.trace_sent();
  EXPECT_EQ(one.sent_digest(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string text = "abc";
  one.send(as_bytes(text));
  one.flush();
  for (const char& letter : text) two.send({reinterpret_cast<const std::uint8_t*>(&letter), 1});
  EXPECT_EQ(one.sent_digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(two.sent_digest(), one.sent_digest());
}

class HostileFrames : public testing::TestWithParam<std::pair<std::uint32_t, std::size_t>> {};

TEST_P(HostileFrames, AreRefused) {
  auto [raw, transport] = make_local_transports();
  Channel channel(std::move(transport));
  Frame frame;
  frame.depth = GetParam().first;
  frame.payload.resize(GetParam().second);
  raw->send(std::move(frame), 1s);
  EXPECT_ERROR(read(channel, 1), ErrorCode::peer, "does not keep to the protocol");
}

INSTANTIATE_TEST_SUITE_P(Channel, HostileFrames,
                         testing::Values(std::pair{0U, 1UL}, std::pair{2U, 1UL}, std::pair{0xffffffffU, 1UL},
                                         std::pair{1U, 0UL}));

}  // namespace
}  // namespace privquant
