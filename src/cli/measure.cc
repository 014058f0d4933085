#include "cli/measure.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "cli/child_process.h"
#include "cli/model_source.h"
#include "cli/progress.h"
#include "cli/random_input.h"
#include "service/client.h"
#include "service/server.h"

namespace privquant {

namespace {

using nlohmann::json;

// Of a large network one side computes for minutes between two messages; a party that dies closes its socket,
// which the other sees at once.
constexpr std::chrono::hours patience{6};
constexpr std::uint64_t input_seed = 1;

SessionOptions session_options(const std::optional<LinkShape>& link, std::size_t preparation_memory,
                               unsigned threads) {
  SessionOptions options;
  options.patience = patience;
  options.link = link;
  options.preparation_memory = preparation_memory;
  options.threads = threads;
  return options;
}

void serve(const ChildProcess::Reporter& report, const std::string& source, const PlanOptions& plan,
           const SessionOptions& session) {
  // The server's log is for operators; what goes wrong is reported.
  if (std::freopen("/dev/null", "w", stderr) == nullptr) fail(ErrorCode::file, "cannot open /dev/null");
  const Model model = open_model(source);
  ServerOptions options;
  options.listen = parse_listen_endpoint("127.0.0.1:0");
  options.tls = ServerTls::self_signed();
  const std::string fingerprint = options.tls->fingerprint();
  options.plan = plan;
  options.session = session;
  options.once = true;
  Server server(model, std::move(options));
  report({{"server", server.endpoint().text()}, {"fingerprint", fingerprint}});
  if (!server.run()) fail(ErrorCode::peer, "the server's session failed");
}

json to_json(const MeterLabel& label, const Traffic& traffic) {
  return {{"phase", static_cast<int>(label.phase)},
          {"layer", label.layer},
          {"functionality", label.functionality},
          {"sent", traffic.bytes_sent},
          {"received", traffic.bytes_received},
          {"rounds", traffic.rounds},
          {"seconds", traffic.seconds}};
}

void infer(const ChildProcess::Reporter& report, const json& server, const SessionOptions& session) {
  const ClientTls tls = ClientTls::pinned(server["fingerprint"].get<std::string>());
  const Endpoint endpoint = parse_endpoint(server["server"].get<std::string>());
  Client client(connect_to_server(endpoint, tls, session), std::nullopt, session);
  ProgressLine progress;
  client.observe_steps([&](std::size_t step, std::size_t steps) {
    progress.show(static_cast<double>(step) / static_cast<double>(steps),
                  fmt::format("measuring, step {} of {}", step + 1, steps));
  });
  client.start();
  client.infer(random_input(client.graph(), input_seed));
  json labels = json::array();
  for (const auto& [label, traffic] : client.meter().by_label()) labels.push_back(to_json(label, traffic));
  progress.clear();
  client.finish();
  report(labels);
}

}  // namespace

Traffic Measurement::total(Phase phase) const {
  Traffic sum;
  for (const auto& [label, part] : traffic) {
    if (label.phase == phase) sum += part;
  }
  return sum;
}

Measurement measure(const std::string& source, const PlanOptions& plan, const std::optional<LinkShape>& link,
                    std::size_t preparation_memory, unsigned threads) {
  const SessionOptions session = session_options(link, preparation_memory, threads);
  ChildProcess server([&](const ChildProcess::Reporter& report) { serve(report, source, plan, session); });
  const json address = server.receive();
  ChildProcess client([&](const ChildProcess::Reporter& report) { infer(report, address, session); });
  const json labels = client.receive();
  Measurement result;
  for (const json& entry : labels) {
    const MeterLabel label{static_cast<Phase>(entry["phase"].get<int>()), entry["layer"].get<std::string>(),
                           entry["functionality"].get<std::string>()};
    result.traffic[label] = {entry["sent"].get<std::uint64_t>(), entry["received"].get<std::uint64_t>(),
                             entry["rounds"].get<std::uint64_t>(), entry["seconds"].get<double>()};
  }
  result.client_peak_bytes = client.wait();
  result.server_peak_bytes = server.wait();
  return result;
}

}  // namespace privquant
