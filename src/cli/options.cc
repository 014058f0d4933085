#include "cli/options.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "cli/calibration_file.h"
#include "plan/time_model.h"

namespace privquant {

namespace {

void add_preparation_memory(CLI::App& command, std::uint64_t& mebibytes) {
  command.add_option("--preparation-memory", mebibytes, "memory for prepared correlations")
      ->type_name("MIB")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20))
      ->capture_default_str();
}

}  // namespace

void SessionArguments::add_to(CLI::App& command) {
  command
      .add_option(
          "--network", network,
          "shape the link: lan (3 Gbit/s, 0.3 ms), wan (320 Mbit/s, 80 ms) or MBPS,RTT_MS; both sides alike")
      ->type_name("LINK");
  command.add_option("--timeout", timeout_seconds, "how long to wait for the other side")
      ->type_name("SECONDS")
      ->check(within(0.1, 86400))
      ->capture_default_str();
  add_preparation_memory(command, preparation_mebibytes);
  add_threads(command, threads);
}

CLI::Validator within(double least, double most) {
  const auto check = [least, most](const std::string& text) -> std::string {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem == std::errc{} && rest == end && number >= least && number <= most) return {};
    return fmt::format("'{}' is no number from {} to {}", text, least, most);
  };
  return {check, fmt::format("{} to {}", least, most)};
}

SessionOptions SessionArguments::parse() const {
  SessionOptions options;
  options.patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(timeout_seconds));
  if (!network.empty()) options.link = parse_link_shape(network);
  options.preparation_memory = static_cast<std::size_t>(preparation_mebibytes) << 20;
  options.threads = threads;
  return options;
}

CLI::Option* add_threads(CLI::App& command, unsigned& threads) {
  constexpr unsigned most = 256;
  return command
      .add_option(
          "--threads", threads,
          "that make each session's correlations, where SoftSpoken or Ferret does, and the server's part of "
          "what lattices prepare; 0: one per core")
      ->type_name("N")
      ->check(CLI::Range(0U, most))
      ->capture_default_str();
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "print the figures as JSON (docs/cli.md names the fields)");
}

void OtArgument::add_to(CLI::App& command, const std::string& automatic) {
  command
      .add_option(
          "--ot", name,
          "the OT extension: iknp, softspoken2, softspoken4, softspoken8, ferret, or auto: " + automatic)
      ->type_name("NAME")
      ->capture_default_str();
}

std::optional<OtExtension> OtArgument::parse() const {
  if (name == "auto") return std::nullopt;
  return ot_extension_named(name);
}

PlanOptions with_preparation(PlanOptions options, const PreparationRequest& asked, const Graph& graph,
                             const std::optional<LinkShape>& link, std::size_t preparation_memory) {
  if (asked.extension && asked.linear) {
    options.extension = *asked.extension;
    options.linear = *asked.linear;
    return options;
  }
  const Calibration calibration = choose_calibration().calibration;
  return as_estimated(
      options, rank_preparations(graph, options, asked, calibration, link, preparation_memory).front());
}

void PlanArguments::add_to(CLI::App& command) {
  command
      .add_option("--profile", profile, "whose protocol choices the plan follows: sirnn, privquant or hybrid")
      ->type_name("NAME")
      ->capture_default_str();
  add_without_to(command);
}

void PlanArguments::add_without_to(CLI::App& command) {
  command.add_option("--without", without, "passes to switch off, with commas between (docs/protocols.md)")
      ->type_name("PASS,...")
      ->delimiter(',');
  ot.add_to(command, "what is predicted to take the least time; the profile sirnn stays with iknp");
  command
      .add_option(
          "--linear", linear,
          "what prepares linear layers in the profile hybrid: ot, lattice, or auto: layer by layer, if that "
          "is predicted to take less time than ot")
      ->type_name("NAME")
      ->capture_default_str();
}

PlanOptions PlanArguments::parse(const std::optional<LinkShape>& link) const {
  PlanOptions options;
  if (link) options.round_bytes = round_bytes_of(*link);
  options.profile = profile;
  options.without = {without.begin(), without.end()};
  return options;
}

PreparationRequest PlanArguments::preparation() const {
  PreparationRequest request{ot.parse(), linear_preparation_named(linear)};
  if (*request.linear == LinearPreparation::automatic) request.linear.reset();
  return request;
}

void PredictionArguments::add_to(CLI::App& command) {
  command
      .add_option(
          "--network", network,
          "the link: lan (3 Gbit/s, 0.3 ms), wan (320 Mbit/s, 80 ms), MBPS,RTT_MS, or none for one "
          "that is never waited for; the plan is the one for that link. Without it: predicted for lan, the "
          "plan for no link in particular")
      ->type_name("LINK");
  add_preparation_memory(command, preparation_mebibytes);
}

std::optional<LinkShape> PredictionArguments::link() const {
  if (network.empty()) return lan_shape;
  return named_link();
}

std::optional<LinkShape> PredictionArguments::named_link() const {
  if (network.empty() || network == "none") return std::nullopt;
  return parse_link_shape(network);
}

}  // namespace privquant
