#include <fmt/core.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "cli/bench_operations.h"
#include "cli/bench_ot.h"
#include "cli/command.h"
#include "cli/options.h"
#include "plan/passes.h"

namespace privquant {

namespace {

struct Options {
  std::string filter;
  std::size_t elements = std::size_t{1} << 16;
  std::size_t ots = std::size_t{1} << 25;
  int repetitions = 5;
  std::string ot = "iknp";
  unsigned threads = 0;
  bool json = false;
};

class Rows {
 public:
  explicit Rows(bool json) : json_(json) {
    if (!json_)
      fmt::print("{:64} {:>10} {:>12} {:>7} {:>12}\n", "", "elements", "bytes/elem", "rounds", "us/elem");
  }

  void add(const BenchRow& row) {
    list_.push_back({{"name", row.name},
                     {"elements", row.elements},
                     {"bytes_per_element", row.bytes_per_element},
                     {"rounds", row.rounds},
                     {"seconds_per_element", row.seconds_per_element}});
    if (json_) return;
    fmt::print("{:64} {:>10} {:>12.3f} {:>7} {:>12.5f}\n", row.name, row.elements, row.bytes_per_element,
               row.rounds, row.seconds_per_element * 1e6);
    std::fflush(stdout);
  }

  void finish() const {
    if (json_) fmt::print("{}\n", list_.dump(2));
  }

 private:
  bool json_;
  nlohmann::json list_ = nlohmann::json::array();
};

int bench(const Options& options) {
  const auto wanted = [&](const std::string& name) { return name.find(options.filter) != std::string::npos; };
  PlanOptions privquant;
  privquant.extension = ot_extension_named(options.ot);
  const bool by_columns = privquant.extension == OtExtension::iknp;
  Rows rows(options.json);
  for (int k = 1; k <= max_choice_bits; ++k) {
    // The rows of larger k are twice as wide.
    const std::size_t count = k == 1 ? options.ots : (options.ots + 7) / 8;
    if (wanted(extension_name(k))) rows.add(measure_extension(k, count, options.repetitions));
  }
  for (BenchOperation& operation : bench_operations(options.elements)) {
    if (wanted(operation.name)) rows.add(measure_operation(operation, options.repetitions));
    if (!operation.has_choices && by_columns) continue;
    operation.name += ", " + privquant.profile + (by_columns ? "" : ", " + options.ot);
    operation.choices = profile_of(privquant).protocol_choices();
    if (wanted(operation.name)) rows.add(measure_operation(operation, options.repetitions));
  }
  rows.finish();
  return 0;
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "bench", "bytes, rounds and time of the protocols: two processes on loopback, one thread each");
  command->add_option("--filter", options->filter, "only names that contain this")->type_name("TEXT");
  command->add_option("--elements", options->elements, "elements of each functionality")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 24))
      ->capture_default_str();
  command->add_option("--ots", options->ots, "OTs of each extension")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
      ->capture_default_str();
  command->add_option("--repetitions", options->repetitions, "the median of so many runs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  CLI::Option* ot =
      command
          ->add_option(
              "--ot", options->ot,
              "the OT extension of functionalities with the choices of privquant: iknp, softspoken2, "
              "softspoken4, softspoken8 or ferret")
          ->type_name("NAME")
          ->capture_default_str();
  add_json(*command, options->json);
  CLI::App* ots = command->add_subcommand(
      "ot", "every OT extension: rate, bits an OT, set-up; one thread a party, and --threads");
  add_threads(*ots, options->threads);
  ots->fallthrough();
  return {command, [options, ots, ot] {
            if (!ots->parsed()) return bench(*options);
            if (ot->count() > 0)
              fail(ErrorCode::usage, "bench ot measures every OT extension; leave --ot out");
            bench_ots(options->ots, options->threads, options->repetitions, options->filter, options->json);
            return 0;
          }};
}

}  // namespace privquant
