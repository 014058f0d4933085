// Peers that do not speak the protocol.
#include "net/socket_transport.h"

#include <gtest/gtest.h>

#include <optional>

#include "expect_error.h"
#include "loopback.h"
#include "net/frame_header.h"

namespace privquant {
namespace {

using namespace std::string_literals;

class Garbage : public testing::Test {
 protected:
  void TearDown() override { peer_.reset(); }  // first, or else the transport waits for its end

  Listener listener_{any_loopback_port};
  std::optional<Socket> peer_{raw_connect(listener_.port())};
  std::unique_ptr<Transport> transport_ = make_tcp_transport(accept_one(listener_));
};

TEST_F(Garbage, IsRefused) {
  raw_send(*peer_, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, IsRefusedAtItsFirstByte) {
  raw_send(*peer_, "X");
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, OfTlsIsNamed) {
  raw_send(*peer_, "\x16\x03\x01\x02\x00"s);
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "but TLS; leave out --insecure");
}

TEST_F(Garbage, OfAnotherVersionIsRefused) {
  raw_send(*peer_, "PQ2\1\1\0\0\0\1\0\0\0x"s);
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "same version");
}

TEST_F(Garbage, UnknownKindIsRefused) {
  raw_send(*peer_, "PQ1\4\1\0\0\0\1\0\0\0x"s);
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, LengthsBeyondTheLimitAreRefusedBeforeTheirBytesCome) {
  raw_send(*peer_, "PQ1\1\1\0\x10\0\1\0\0\0"s);  // max_frame_bytes + 1
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, TheLargestLengthIsRefusedToo) {
  raw_send(*peer_, "PQ1\1\xff\xff\xff\xff\1\0\0\0"s);
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, AfterAGoodFrameComesAfterIt) {
  raw_send(*peer_, "PQ1\1\3\0\0\0\5\0\0\0abcnonsense"s);
  const Frame frame = transport_->receive(test_patience);
  EXPECT_EQ(frame.depth, 5U);
  EXPECT_EQ(std::string(frame.payload.begin(), frame.payload.end()), "abc");
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::peer, "does not speak the PrivQuant protocol");
}

TEST_F(Garbage, ATruncatedHeaderIsAnEnd) {
  raw_send(*peer_, "PQ1\1\3\0"s);
  peer_.reset();
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::network,
               "closed the connection without a good-bye");
}

TEST_F(Garbage, ATruncatedPayloadIsAnEnd) {
  raw_send(*peer_, "PQ1\1\3\0\0\0\1\0\0\0ab"s);
  peer_.reset();
  EXPECT_ERROR(transport_->receive(test_patience), ErrorCode::network,
               "closed the connection without a good-bye");
}

TEST_F(Garbage, AHeaderThatComesByteByByteIsRead) {
  for (const char byte : "PQ1\1\2\0\0\0\7\0\0\0hi"s) raw_send(*peer_, {&byte, 1});
  const Frame frame = transport_->receive(test_patience);
  EXPECT_EQ(frame.depth, 7U);
  EXPECT_EQ(frame.payload.size(), 2U);
}

TEST_F(Garbage, ManyTinyFramesStopBeingReadBeforeTheyFillMemory) {
  // Nobody receives here: the transport must stop reading, so that the raw peer's send would block.
  const std::string frames = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "PQ1\1\1\0\0\0\1\0\0\0x"s;
    return text;
  }();
  const timeval patience{0, 300'000};
  ASSERT_EQ(::setsockopt(peer_->descriptor(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)), 0);
  std::size_t taken = 0;
  for (ssize_t sent = 1; sent > 0 && taken < (std::size_t{64} << 20);
       taken += static_cast<std::size_t>(sent > 0 ? sent : 0))
    sent = ::send(peer_->descriptor(), frames.data(), frames.size(), MSG_NOSIGNAL);
  EXPECT_LT(taken, std::size_t{32} << 20);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(transport_->receive(test_patience).payload.size(), 1U);
}

TEST(FrameHeader, IsTwelveLittleEndianBytes) {
  Frame frame{FrameKind::abort, 0x01020304, {}};
  frame.payload.resize(0x0fedc);
  const FrameHeaderBytes bytes = encode_frame_header(frame);
  EXPECT_EQ(bytes, (FrameHeaderBytes{'P', 'Q', '1', 2, 0xdc, 0xfe, 0, 0, 4, 3, 2, 1}));
  const auto header = decode_frame_header(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->kind, FrameKind::abort);
  EXPECT_EQ(header->length, 0xfedcU);
  EXPECT_EQ(header->depth, 0x01020304U);
}

}  // namespace
}  // namespace privquant
