#include "service/server.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "net/socket_transport.h"
#include "plan/plan_summary.h"

namespace privquant {

namespace {

/// Beyond the sessions, for clients that shake hands or are told that the server is busy.
constexpr std::size_t spare_connections = 32;
constexpr std::chrono::milliseconds accept_turn{500};
constexpr std::chrono::milliseconds tls_patience{10'000};

ServerOptions checked(ServerOptions options) {
  if (options.tls || is_loopback(options.listen)) return options;
  fail(ErrorCode::usage,
       "without TLS the server listens on loopback only, not at {}; listen at 127.0.0.1, or leave out "
       "--insecure",
       options.listen.text());
}

/// A second descriptor of the same connection, to cut it off from another thread.
Socket duplicate(const Socket& socket) {
  return {::fcntl(socket.descriptor(), F_DUPFD_CLOEXEC, 0), socket.remote()};
}

}  // namespace

struct Server::Connection {
  explicit Connection(const Socket& socket) : handle(duplicate(socket)) {}

  Socket handle;
  std::atomic<bool> ended{false};
  std::thread thread;
};

Server::Server(const Model& model, ServerOptions options)
    : options_(checked(std::move(options))),
      served_(model, options_.plan),
      listener_(options_.listen),
      slots_(options_.max_sessions),
      log_(std::make_shared<spdlog::logger>("privquant", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  log_->flush_on(spdlog::level::info);
  log_->info("{}, a round weighed as {} bytes", summary_of(served_.plan),
             served_.plan.protocol_choices.round_bytes);
}

Server::~Server() { cut_off_connections(); }

Endpoint Server::endpoint() const { return {options_.listen.host, listener_.port()}; }

bool Server::run() {
  while (!stopping_) {
    auto socket = listener_.accept(accept_turn);
    forget_ended_connections();
    if (socket) start(std::move(*socket));
  }
  cut_off_connections();
  return succeeded_;
}

void Server::cut_off_connections() {
  for (const Connection& connection : connections_) ::shutdown(connection.handle.descriptor(), SHUT_RDWR);
  for (Connection& connection : connections_) connection.thread.join();
  connections_.clear();
}

void Server::stop() noexcept {
  stopping_ = true;
  listener_.stop();
}

void Server::start(Socket socket) {
  const std::size_t number = ++accepted_;
  if (connections_.size() >= options_.max_sessions + spare_connections) {
    log_->warn("connection {} from {}: turned away, {} connections are open", number, socket.remote(),
               connections_.size());
    return;
  }
  Connection& connection = connections_.emplace_back(socket);
  try {
    if (connection.handle.descriptor() < 0) throw std::system_error(errno, std::generic_category());
    connection.thread = std::thread([this, &connection, number, accepted = std::move(socket)]() mutable {
      serve(connection, std::move(accepted), number);
      connection.ended = true;
    });
  } catch (
      const std::system_error& error) {  // no descriptor or no thread is left: the next may have more luck
    log_->error("connection {} from {}: turned away: {}", number, connection.handle.remote(), error.what());
    connections_.pop_back();
  }
}

void Server::forget_ended_connections() {
  connections_.remove_if([](Connection& connection) {
    if (!connection.ended) return false;
    connection.thread.join();
    return true;
  });
}

void Server::serve(Connection& connection, Socket socket, std::size_t number) {
  std::string failure;
  bool started = false;
  try {
    auto transport = options_.tls ? make_tls_transport(std::move(socket), *options_.tls,
                                                       std::min(options_.session.patience, tls_patience))
                                  : make_tcp_transport(std::move(socket));
    Channel channel(shape(std::move(transport), options_.session.link));
    ServerSession session(channel, served_, options_.session, slots_);
    session.observe_start([&] {
      log_->info("connection {} from {}: contract and plan agreed upon", number, connection.handle.remote());
    });
    try {
      session.run();
    } catch (...) {
      started = session.started();
      throw;
    }
    started = session.started();
    const Traffic traffic = channel.meter().total();
    log_->info("connection {} from {}: done, {} inferences, {} bytes sent, {} received", number,
               connection.handle.remote(), session.inferences(), traffic.bytes_sent, traffic.bytes_received);
  } catch (const std::bad_alloc&) {
    failure = "too little memory; allow fewer sessions or less preparation memory";
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an unknown error";
  }
  if (!failure.empty() && stopping_) failure = "cut off, because the server stops";
  if (!failure.empty()) {
    log_->error("connection {} from {}: failed: {}", number, connection.handle.remote(), failure);
  }
  if (options_.once && started) {
    succeeded_ = failure.empty();
    stop();
  }
}

}  // namespace privquant
