// Hostile bytes as what comes over a connection: whole frames within the limits, then one error; no hang.
#include <sys/socket.h>
#include <sys/types.h>

#include <array>
#include <chrono>

#include "fuzz/hostile.h"
#include "net/socket_transport.h"

namespace privquant {
namespace {

constexpr std::chrono::milliseconds patience{5000};

/// A connection on which the peer has said `bytes` and nothing will follow. They fit into the socket's
/// buffer.
Socket connection_that_says(Bytes bytes) {
  std::array<int, 2> ends{};
  PQ_CHECK(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
  Socket ours(ends[0], "hostile");
  const Socket theirs(ends[1], "us");
  PQ_CHECK(::send(theirs.descriptor(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  return ours;
}

void read_to_the_end(Transport& transport) {
  for (;;) {
    const Frame frame = transport.receive(patience);
    PQ_CHECK(frame.payload.size() <= max_frame_bytes);
    if (frame.kind != FrameKind::data) return;
  }
}

}  // namespace
}  // namespace privquant

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  expect_answer({ErrorCode::network, ErrorCode::peer}, [&] {
    const auto transport = make_tcp_transport(connection_that_says({data, size}));
    read_to_the_end(*transport);
  });
  return 0;
}
