#include "cli/measure_preparation.h"

#include <chrono>
#include <optional>

#include "base/error.h"
#include "cli/child_process.h"
#include "net/listener.h"
#include "net/socket_transport.h"
#include "ot/party.h"

namespace privquant {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

/// What a session of its own prepares.
struct Case {
  OtExtension extension;
  Demand demand;
};

std::vector<Case> cases(std::size_t ots) {
  std::vector<Case> result;
  const auto of_ots = [&](OtExtension extension, int choice_bits, std::size_t count) {
    for (const Role sender : {Role::server, Role::client}) {
      Demand demand;
      demand.ots(sender, choice_bits) = count;
      result.push_back({extension, demand});
    }
  };
  const auto of_triples = [&](OtExtension extension) {
    result.push_back({extension, {.triples = ots / 2}});
    result.push_back({extension, {.triple_pairs = ots / 2}});
  };
  for (const OtExtension extension : ot_extensions) of_ots(extension, 1, ots);
  of_ots(OtExtension::iknp, 4, ots / 2);
  of_ots(OtExtension::iknp, max_choice_bits, ots / 2);
  of_triples(OtExtension::iknp);
  // What is made of random COTs is the same whatever made these.
  of_ots(OtExtension::softspoken4, 4, ots / 4);
  of_ots(OtExtension::softspoken4, max_choice_bits, ots / max_choice_bits);
  of_triples(OtExtension::softspoken4);
  return result;
}

/// Seconds of each set-up and preparation. Each has a fresh store: one that is full already would be moved about.
std::vector<double> prepare_all(Channel& channel, Role role, std::size_t ots) {
  std::vector<double> seconds;
  const auto timed = [&](auto&& body) {
    channel.align_rounds();
    const auto begin = Clock::now();
    body();
    channel.align_rounds();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  };
  for (const Case& what : cases(ots)) {
    Prg random;
    std::optional<Correlations> correlations;
    timed([&] { correlations.emplace(channel, role, random, what.extension); });
    timed([&] { correlations->prepare(channel, what.demand); });
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
  const std::vector<Case> prepared = cases(ots);
  PQ_CHECK(seconds.size() == 2 * prepared.size());
  std::vector<TimedWork> samples;
  samples.reserve(seconds.size());
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    const auto& [extension, demand] = prepared[i];
    PreparationState state(extension);
    samples.push_back({setup_work(extension), seconds[2 * i]});
    samples.push_back({preparation_work(demand, state), seconds[2 * i + 1]});
  }
  return samples;
}

}  // namespace privquant
