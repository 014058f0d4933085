#include "net/listener.h"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <atomic>
#include <thread>

#include "base/error.h"

namespace privquant {

namespace {

using asio::ip::tcp;

/// Without free descriptors accept() fails at once, again and again, until a session ends.
constexpr std::chrono::milliseconds exhausted_pause{100};

std::string text_of(const tcp::endpoint& endpoint) {
  return Endpoint{endpoint.address().to_string(), endpoint.port()}.text();
}

}  // namespace

struct Listener::State {
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  std::atomic<bool> stopped = false;

  asio::error_code listen(const tcp::endpoint& endpoint) {
    asio::error_code error;
    acceptor.close(error);
    acceptor.open(endpoint.protocol(), error);
    // Lets a server start again while the last one's connections fade out; two servers still exclude each
    // other.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }
};

Listener::Listener(const Endpoint& endpoint) : state_(std::make_unique<State>()) {
  asio::error_code error;
  tcp::resolver resolver(state_->io);
  const auto addresses =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, error);
  if (error)
    fail(ErrorCode::network, "the host name '{}' is unknown ({}); listen at an address of this machine",
         endpoint.host, error.message());
  for (const auto& address : addresses) {
    error = state_->listen(address.endpoint());
    if (!error) return;
  }
  if (error == asio::error::address_in_use)
    fail(ErrorCode::network,
         "port {} of {} is in use; stop the program that listens there or choose another port", endpoint.port,
         endpoint.host);
  fail(ErrorCode::network, "cannot listen at {}: {}; choose an address of this machine and a port above 1023",
       endpoint.text(), error.message());
}

Listener::~Listener() = default;

std::uint16_t Listener::port() const { return state_->acceptor.local_endpoint().port(); }

std::optional<Socket> Listener::accept(std::chrono::milliseconds timeout) {
  if (state_->stopped) return std::nullopt;
  std::optional<asio::error_code> outcome;
  tcp::socket client(state_->io);
  tcp::endpoint remote;
  state_->acceptor.async_accept(client, remote, [&](const asio::error_code& error) { outcome = error; });
  state_->io.restart();
  state_->io.run_for(timeout);
  if (!outcome) {
    state_->acceptor.cancel();
    state_->io.restart();
    state_->io.run();
  }
  if (state_->stopped) return std::nullopt;
  if (*outcome == asio::error::no_descriptors || *outcome == asio::error::no_memory ||
      *outcome == asio::error::no_buffer_space)
    std::this_thread::sleep_for(exhausted_pause);
  if (*outcome) return std::nullopt;
  return Socket(client.release(), text_of(remote));
}

void Listener::stop() noexcept {
  state_->stopped = true;
  // Posted, not called: the acceptor belongs to the thread in accept(). Whichever comes first there, the look
  // at `stopped` or this handler, accept() ends.
  asio::post(state_->io, [state = state_.get()] {
    asio::error_code ignored;
    state->acceptor.cancel(ignored);
  });
}

}  // namespace privquant
