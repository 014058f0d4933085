#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/pictures.h"
#include "cli/progress.h"
#include "cli/question_source.h"
#include "cli/table.h"
#include "cli/traffic_report.h"
#include "nn/model_file.h"
#include "plan/plan_summary.h"
#include "service/client.h"
#include "service/contract_store.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

struct Options {
  std::string connect;
  std::string contract;
  std::string ca;
  std::string pin;
  bool insecure = false;
  std::string certificate;
  std::string key;
  bool resize = false;
  bool show = false;
  bool json = false;
  SessionArguments session;
  OtArgument ot;
  std::string linear = "auto";
  std::size_t ahead = 1;
  std::vector<std::string> pictures;
};

ClientTls open_tls(const Options& options) {
  if (options.insecure) return ClientTls::insecure();
  if (options.pin.empty() && options.ca.empty()) {
    fail(ErrorCode::usage,
         "say which server to trust: --pin with the fingerprint that it printed, --ca with a certificate "
         "authority, "
         "or --insecure on loopback");
  }
  ClientTls tls = options.pin.empty() ? ClientTls::with_ca(options.ca) : ClientTls::pinned(options.pin);
  if (!options.certificate.empty()) tls.present(options.certificate, options.key);
  return tls;
}

std::string percent(double probability) { return fmt::format("{:.1f} %", probability * 100); }

void print_answer(const Options& options, const Graph& graph, const Question& question,
                  const Prediction& prediction) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  fmt::print("{}\n", question.name);
  if (terminal || options.show) fmt::print("{}", render_blocks(question.picture, terminal));
  const std::size_t best = prediction.classes.front();
  const auto chances = probabilities(prediction);
  fmt::print("  predicted  {}", class_name(graph, best));
  if (!chances.empty()) fmt::print("  ({})", percent(chances[best]));
  if (chances.empty() && prediction.classes.size() > 1) {
    for (std::size_t i = 1; i < prediction.classes.size(); ++i) {
      fmt::print(", then {}", class_name(graph, prediction.classes[i]));
    }
  }
  if (question.label) {
    const auto label = static_cast<std::size_t>(*question.label);
    fmt::print("\n  true class {}{}", class_name(graph, label), label == best ? "" : "  (mistaken)");
  }
  fmt::print("\n\n");
}

ordered_json to_json(const Graph& graph, const Question& question, const Prediction& prediction) {
  const std::size_t best = prediction.classes.front();
  ordered_json entry{{"picture", question.name}, {"class", best}, {"class_name", class_name(graph, best)}};
  if (question.label) {
    entry["label"] = *question.label;
    entry["label_name"] = class_name(graph, static_cast<std::size_t>(*question.label));
  }
  entry["classes"] = prediction.classes;
  if (const auto chances = probabilities(prediction); !chances.empty()) {
    entry["probability"] = chances[best];
    entry["logits"] = prediction.logits;
    entry["exponent"] = prediction.exponent;
  }
  return entry;
}

/// Fetched contracts are kept, so that the next time a change is noticed.
std::string settle_contract(const Graph& graph, bool known, const std::filesystem::path& path,
                            const std::string& server) {
  if (known) return fmt::format("from {}", path.string());
  keep_contract(graph, path);
  return fmt::format("fetched from {}, kept in {}", server, path.string());
}

void watch(Client& client, ProgressLine& progress, std::size_t& done, std::optional<std::size_t> count) {
  client.observe_steps([&, count](std::size_t step, std::size_t steps) {
    const double part = static_cast<double>(step) / static_cast<double>(steps);
    const std::string of_all = count ? fmt::format(" of {}", *count) : "";
    progress.show(count ? (static_cast<double>(done) + part) / static_cast<double>(*count) : part,
                  fmt::format("picture {}{}, step {} of {}", done + 1, of_all, step + 1, steps));
  });
}

/// Preparation ahead of the pictures: of those that are named already several at once; of those that are still to
/// come while nobody waits.
class Ahead {
 public:
  Ahead(Client& client, QuestionSource& questions, std::size_t wanted)
      : client_(client), questions_(questions), wanted_(wanted) {}

  void before_next() {
    const auto left = questions_.left();
    if (!left) {
      bool missing = true;
      while (missing && !ready()) missing = client_.prepare_slice(wanted_);
    } else if (*left > 0 && wanted_ > 1 && client_.prepared() == 0) {  // of one infer() takes care
      const std::size_t fitting = client_.prepare(std::min(wanted_, *left));
      cut_short_ = cut_short_ || fitting < std::min(wanted_, *left);
    }
    most_ = std::max(most_, client_.prepared());
  }
  /// For how many pictures was prepared at once.
  std::size_t most() const { return most_; }
  /// Whether memory held less than was asked for.
  bool cut_short() const { return cut_short_; }

 private:
  bool ready() {
    const auto scope = client_.meter().functionality(outside);
    return questions_.ready();
  }

  Client& client_;
  QuestionSource& questions_;
  std::size_t wanted_;
  std::size_t most_ = 1;
  bool cut_short_ = false;
};

int infer(const Options& options) {
  const Endpoint server = parse_endpoint(options.connect);
  SessionOptions session = options.session.parse();
  session.extension = options.ot.parse();
  session.refuse_lattices = options.linear == "ot";
  const ClientTls tls = open_tls(options);
  const std::filesystem::path path =
      options.contract.empty() ? kept_contract_path(server) : std::filesystem::path(options.contract);
  auto contract = load_kept_contract(path);
  const bool known = contract.has_value();
  QuestionSource questions(options.pictures, options.resize);
  if (known) questions.load(contract->graph);  // before anybody waits for us

  Client client(connect_to_server(server, tls, session), std::move(contract), session);
  const Graph& graph = client.graph();
  std::string origin;
  {
    const auto scope = client.meter().functionality(outside);
    origin = settle_contract(graph, known, path, server.text());
    questions.load(graph);
  }
  const std::string hash = to_hex(contract_hash(graph));
  if (!options.json)
    fmt::print("contract {} ({})\n{}, a round weighed as {} bytes\n\n", hash, origin,
               summary_of(client.plan()), with_separators(client.plan().protocol_choices.round_bytes));

  ProgressLine progress;
  std::size_t done = 0;
  watch(client, progress, done, questions.left());
  client.start();
  ordered_json answers = ordered_json::array();
  Ahead ahead(client, questions, options.ahead);
  const auto next_question = [&] {
    ahead.before_next();
    const auto scope = client.meter().functionality(outside);
    return questions.next(graph);
  };
  while (const auto question = next_question()) {
    const Prediction prediction = client.infer(to_input(graph, question->picture));
    const auto scope = client.meter().functionality(outside);
    ++done;
    if (options.json) {
      answers.push_back(to_json(graph, *question, prediction));
    } else {
      progress.clear();
      print_answer(options, graph, *question, prediction);
      std::fflush(stdout);
    }
  }
  progress.clear();
  client.finish();
  if (ahead.cut_short()) {
    fmt::print(stderr,
               "prepared for {} pictures at once: --preparation-memory of one of both sides allows no more\n",
               ahead.most());
  }

  const TrafficReport report(graph, client.plan(), client.meter(), done);
  if (options.json) {
    const PlanOptions& plan = client.plan().options;
    const ordered_json result{{"network", graph.name},
                              {"contract", hash},
                              {"profile", plan.profile},
                              {"ot", name_of(client.plan().protocol_choices.extension)},
                              {"linear", name_of(plan.linear)},
                              {"round_bytes", client.plan().protocol_choices.round_bytes},
                              {"reveal", to_string(plan.reveal, plan.top_k)},
                              {"prepared_ahead", ahead.most()},
                              {"pictures", std::move(answers)},
                              {"traffic", report.json()}};
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}", report.table());
  }
  return 0;
}

}  // namespace

Command add_infer(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("infer", "classify pictures with a server's model, without showing them");
  command->add_option("--connect", options->connect, "the server")->type_name("HOST:PORT")->required();
  command
      ->add_option(
          "--contract", options->contract,
          "the public contract; where there is none it is fetched and kept (default: one per server in "
          "~/.cache/privquant)")
      ->type_name("FILE");
  auto* ca = command->add_option("--ca", options->ca,
                                 "PEM file: trust servers with a certificate of this authority");
  auto* pin = command->add_option("--pin", options->pin, "trust just the certificate with this fingerprint");
  pin->excludes(ca);
  auto* certificate =
      command->add_option("--tls-cert", options->certificate,
                          "PEM file: this client's certificate, for servers that ask for one");
  auto* key = command->add_option("--tls-key", options->key, "PEM file with its key");
  certificate->needs(key);
  key->needs(certificate);
  command->add_flag("--insecure", options->insecure, "no TLS; on loopback only")
      ->excludes(ca)
      ->excludes(pin)
      ->excludes(certificate);
  command->add_flag("--resize", options->resize, "stretch pictures that do not fit");
  command->add_flag("--show", options->show, "draw the pictures even if the output is no terminal");
  add_json(*command, options->json);
  options->session.add_to(*command);
  options->ot.add_to(*command, "as the server chose; another one is refused");
  command
      ->add_option(
          "--linear", options->linear,
          "ot: a server that prepares linear layers with lattices is refused; auto: as the server chose")
      ->check(CLI::IsMember({"ot", "auto"}))
      ->capture_default_str();
  command
      ->add_option("--prepare", options->ahead,
                   "how many pictures to prepare for at once, ahead of them; both sides keep that in memory")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, max_prepared_inferences))
      ->capture_default_str();
  command
      ->add_option(
          "pictures", options->pictures,
          "PNG or JPEG files, or FILE[INDEX] into an IDX or CIFAR binary file; '-' alone: named on the "
          "standard input, one a line, with preparation while none comes")
      ->type_name("PICTURE")
      ->required();
  return {command, [options] { return infer(*options); }};
}

}  // namespace privquant
