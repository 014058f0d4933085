#include "cli/measure_preparation.h"

#include <chrono>

#include "base/error.h"
#include "cli/child_process.h"
#include "net/listener.h"
#include "net/socket_transport.h"
#include "ot/party.h"

namespace privquant {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

std::vector<Demand> demands(std::size_t ots) {
  std::vector<Demand> result;
  for (const Role sender : {Role::server, Role::client}) {
    result.emplace_back().ots(sender, 1) = ots;
    result.emplace_back().ots(sender, 4) = ots / 2;
    result.emplace_back().ots(sender, max_choice_bits) = ots / 2;
  }
  result.emplace_back().triples = ots / 2;
  result.emplace_back().triple_pairs = ots / 2;
  return result;
}

/// Seconds of each demand. Each has a fresh store: one that is full already would be moved about.
std::vector<double> prepare_all(Channel& channel, Role role, std::size_t ots) {
  std::vector<double> seconds;
  for (const Demand& demand : demands(ots)) {
    Prg random;
    Correlations correlations(channel, role, random);
    channel.align_rounds();
    const auto begin = Clock::now();
    correlations.prepare(channel, demand);
    channel.align_rounds();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  return seconds;
}

void serve(const ChildProcess::Reporter& report, std::size_t ots) {
  const ServerTls tls = ServerTls::self_signed();
  const Endpoint any_port = parse_listen_endpoint("127.0.0.1:0");
  Listener listener(any_port);
  report({{"port", listener.port()}, {"fingerprint", tls.fingerprint()}});
  auto socket = listener.accept(patience);
  if (!socket) fail(ErrorCode::timeout, "the other process of the calibration did not connect");
  Channel channel(make_tls_transport(std::move(*socket), tls, patience));
  prepare_all(channel, Role::server, ots);
  channel.close();
}

void take(const ChildProcess::Reporter& report, const nlohmann::json& server, std::size_t ots) {
  const Endpoint endpoint{"127.0.0.1", server["port"].get<std::uint16_t>()};
  const ClientTls tls = ClientTls::pinned(server["fingerprint"].get<std::string>());
  Channel channel(connect(endpoint, tls, patience));
  report(prepare_all(channel, Role::client, ots));
  channel.close();
}

}  // namespace

std::vector<TimedWork> measure_preparation(std::size_t ots) {
  ChildProcess server([&](const ChildProcess::Reporter& report) { serve(report, ots); });
  const nlohmann::json address = server.receive();
  ChildProcess client([&](const ChildProcess::Reporter& report) { take(report, address, ots); });
  const auto seconds = client.receive().get<std::vector<double>>();
  client.wait();
  server.wait();
  const std::vector<Demand> prepared = demands(ots);
  PQ_CHECK(seconds.size() == prepared.size());
  std::vector<TimedWork> samples;
  for (std::size_t i = 0; i < prepared.size(); ++i)
    samples.push_back({preparation_work(prepared[i]), seconds[i]});
  return samples;
}

}  // namespace privquant
