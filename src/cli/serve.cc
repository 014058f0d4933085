#include <fmt/core.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "service/server.h"

namespace privquant {

namespace {

struct Options {
  std::string model;
  std::string listen;
  std::string certificate;
  std::string key;
  std::string client_ca;
  bool insecure = false;
  std::string reveal = "class";
  PlanArguments plan;
  std::string plan_for;
  std::size_t max_sessions = 8;
  bool once = false;
  SessionArguments session;
};

// A handler has no other way to tell of its signal.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<int> signals_elsewhere = 0;

void count_signal(int) { ++signals_elsewhere; }

/// SIGINT and SIGTERM stop the server, for as long as this lives. Construct it before the server's threads,
/// which then leave the signals to it.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    // Threads that a library began before main() may get them all the same.
    struct sigaction action {};
    action.sa_handler = count_signal;
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
  }
  ~StopOnSignal() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  void watch(Server& server) {
    thread_ = std::thread([this, &server] {
      const timespec turn{0, 100'000'000};
      while (!done_) {
        if (sigtimedwait(&signals_, nullptr, &turn) > 0 || signals_elsewhere.exchange(0) > 0) server.stop();
      }
    });
  }

 private:
  sigset_t signals_{};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

std::optional<ServerTls> open_tls(const Options& options) {
  if (options.insecure) return std::nullopt;
  std::optional<ServerTls::Path> client_ca;
  if (!options.client_ca.empty()) client_ca = options.client_ca;
  if (options.certificate.empty()) return ServerTls::self_signed(client_ca);
  return ServerTls::from_files(options.certificate, options.key, client_ca);
}

/// One fact a line, at once: scripts wait for them.
void announce(const char* name, const std::string& value) {
  fmt::print("{} {}\n", name, value);
  std::fflush(stdout);
}

/// The link that the plan is made for: where none is named, the one that is shaped. None: no link in particular.
std::optional<LinkShape> planned_link(const Options& options, const SessionOptions& session) {
  return options.plan_for.empty() ? session.link : parse_link_shape(options.plan_for);
}

int serve(const Options& options) {
  ServerOptions server_options;
  server_options.listen = parse_listen_endpoint(options.listen);
  server_options.session = options.session.parse();
  const std::optional<LinkShape> link = planned_link(options, server_options.session);
  server_options.plan = options.plan.parse(link);
  parse_reveal(options.reveal, server_options.plan);
  server_options.max_sessions = options.max_sessions;
  server_options.once = options.once;
  server_options.tls = open_tls(options);
  const std::optional<ServerTls> tls = server_options.tls;
  const Model model = open_model(options.model);
  server_options.plan = with_preparation(server_options.plan, options.plan.preparation(), model.graph,
                                         link.value_or(lan_shape), server_options.session.preparation_memory);

  StopOnSignal signals;
  Server server(model, std::move(server_options));
  signals.watch(server);
  announce("listening", server.endpoint().text());
  if (tls) announce("fingerprint", tls->fingerprint());
  announce("contract", to_hex(server.contract_hash()));
  return server.run() ? 0 : 1;
}

}  // namespace

Command add_serve(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("serve", "serve a model: clients get predictions, nobody gets anything else");
  command->add_option("--model", options->model, model_source_help)->required();
  command->add_option("--listen", options->listen, "where to listen; port 0 lets the system choose")
      ->type_name("HOST:PORT")
      ->required();
  auto* certificate = command->add_option("--tls-cert", options->certificate,
                                          "PEM file with the certificate and its chain; without "
                                          "it a self-signed one is made for this run");
  auto* key = command->add_option("--tls-key", options->key, "PEM file with the certificate's key");
  certificate->needs(key);
  key->needs(certificate);
  auto* client_ca = command->add_option("--client-ca", options->client_ca,
                                        "PEM file: let in only clients with a certificate of this authority");
  command->add_flag("--insecure", options->insecure, "no TLS; on loopback only")
      ->excludes(certificate)
      ->excludes(key)
      ->excludes(client_ca);
  command->add_option("--reveal", options->reveal, "what clients learn: class, topK (say top3) or logits")
      ->capture_default_str();
  options->plan.add_to(*command);
  command
      ->add_option(
          "--plan-for", options->plan_for,
          "the link that clients have: lan, wan or MBPS,RTT_MS, for --ot auto and for what a round is "
          "worth; nothing is shaped. Without it the link of --network, if any")
      ->type_name("LINK");
  command
      ->add_option("--max-sessions", options->max_sessions,
                   "further clients are told that the server is busy")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1024}))
      ->capture_default_str();
  command->add_flag("--once", options->once, "end after one session; exit status 1 if it failed");
  options->session.add_to(*command);
  return {command, [options] { return serve(*options); }};
}

}  // namespace privquant
