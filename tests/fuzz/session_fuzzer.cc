// Hostile bytes as the messages of a session: each is accepted or refused with one error. The first byte
// chooses which message is expected.
#include "fuzz/hostile.h"
#include "net/local_transport.h"
#include "service/session_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace privquant;
  if (size == 0 || size > max_frame_bytes) return 0;
  expect_answer({ErrorCode::network, ErrorCode::peer, ErrorCode::timeout}, [&] {
    auto [peer, ours] = make_local_transports();
    peer->send({FrameKind::data, 1, WireBuffer(data + 1, data + size)}, std::chrono::seconds(1));
    peer->send({FrameKind::close, 1, {}}, std::chrono::seconds(1));
    Channel channel(std::move(ours));
    channel.set_patience(std::chrono::milliseconds(200));
    switch (data[0] % 3) {
      case 0:
        receive_client_hello(channel);
        break;
      case 1:
        receive_server_hello(channel);
        break;
      default:
        receive_request(channel);
    }
  });
  return 0;
}
