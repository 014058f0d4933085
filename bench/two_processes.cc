#include "two_processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/error.h"
#include "net/listener.h"
#include "net/socket_transport.h"

namespace privquant {
namespace {

constexpr std::chrono::seconds patience{30};

[[noreturn]] void be_the_server(int port_pipe, const std::function<void(Role, Channel&)>& body) {
  int status = 1;
  try {
    Listener listener(parse_listen_endpoint("127.0.0.1:0"));
    const std::uint16_t port = listener.port();
    PQ_CHECK(::write(port_pipe, &port, sizeof port) == sizeof port);
    auto socket = listener.accept(patience);
    PQ_CHECK(socket.has_value());
    Channel channel(make_tcp_transport(std::move(*socket)));
    body(Role::server, channel);
    channel.close();
    status = 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "server: %s\n", error.what());
  }
  std::_Exit(status);
}

}  // namespace

void in_two_processes(const std::function<void(Role, Channel&)>& body) {
  int ends[2];
  PQ_CHECK(::pipe(ends) == 0);
  const pid_t child = ::fork();
  PQ_CHECK(child >= 0);
  if (child == 0) be_the_server(ends[1], body);
  std::uint16_t port = 0;
  PQ_CHECK(::read(ends[0], &port, sizeof port) == sizeof port);
  ::close(ends[0]);
  ::close(ends[1]);
  {
    Channel channel(connect(Endpoint{"127.0.0.1", port}, ClientTls::insecure(), patience));
    body(Role::client, channel);
    channel.close();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) fail(ErrorCode::internal, "the server process of the benchmark failed");
}

}  // namespace privquant
