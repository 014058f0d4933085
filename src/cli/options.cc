#include "cli/options.h"

namespace privquant {

void SessionArguments::add_to(CLI::App& command) {
  command
      .add_option(
          "--network", network,
          "shape the link: lan (3 Gbit/s, 0.3 ms), wan (320 Mbit/s, 80 ms) or MBPS,RTT_MS; both sides alike")
      ->type_name("LINK");
  command.add_option("--timeout", timeout_seconds, "how long to wait for the other side")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command.add_option("--preparation-memory", preparation_mebibytes, "memory for prepared correlations")
      ->type_name("MIB")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20))
      ->capture_default_str();
}

SessionOptions SessionArguments::parse() const {
  SessionOptions options;
  options.patience =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(timeout_seconds));
  if (!network.empty()) options.link = parse_link_shape(network);
  options.preparation_memory = static_cast<std::size_t>(preparation_mebibytes) << 20;
  return options;
}

void add_json(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "print the figures as JSON (docs/cli.md names the fields)");
}

void add_profile(CLI::App& command, std::string& profile) {
  command.add_option("--profile", profile, "whose protocol choices the plan follows")
      ->type_name("NAME")
      ->capture_default_str();
}

}  // namespace privquant
