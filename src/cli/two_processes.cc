#include "cli/two_processes.h"

#include <chrono>

#include "base/error.h"
#include "cli/child_process.h"
#include "net/listener.h"
#include "net/socket_transport.h"

namespace privquant {

namespace {

constexpr std::chrono::seconds patience{30};

}  // namespace

void in_two_processes(const std::function<void(Role, Channel&)>& body) {
  ChildProcess server([&](const ChildProcess::Reporter& report) {
    Listener listener(parse_listen_endpoint("127.0.0.1:0"));
    report({{"port", listener.port()}});
    auto socket = listener.accept(patience);
    if (!socket) fail(ErrorCode::network, "no client came within {} seconds", patience.count());
    Channel channel(make_tcp_transport(std::move(*socket)));
    body(Role::server, channel);
    channel.close();
    report({{"done", true}});
  });
  const auto port = server.receive().at("port").get<std::uint16_t>();
  Channel channel(connect(Endpoint{"127.0.0.1", port}, ClientTls::insecure(), patience));
  body(Role::client, channel);
  channel.close();
  server.receive();
  server.wait();
}

}  // namespace privquant
