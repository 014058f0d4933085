#include "cli/quantize_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <tuple>

#include "base/error.h"
#include "cli/options.h"
#include "nn/files.h"

namespace privquant {

namespace {

/// "2..8" or "4".
std::pair<int, int> parse_range(const std::string& text, const char* what) {
  int least = 0;
  int most = 0;
  const char* const end = text.data() + text.size();
  auto result = std::from_chars(text.data(), end, least);
  most = least;
  if (result.ec == std::errc{} && end - result.ptr > 2 && result.ptr[0] == '.' && result.ptr[1] == '.')
    result = std::from_chars(result.ptr + 2, end, most);
  if (result.ec != std::errc{} || result.ptr != end || least < 2 || most < least || most > 8) {
    fail(ErrorCode::usage, "'{}' is no range of widths for {}; write 2..8, or one width from 2 to 8", text,
         what);
  }
  return {least, most};
}

/// Of --max-bytes: "250MB", "0.5GB", "1000000".
double parse_bytes(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  const double factor = unit == "GB" ? 1e9 : unit == "MB" ? 1e6 : unit == "kB" ? 1e3 : unit.empty() ? 1 : 0;
  const double bytes = number * factor;
  if (problem != std::errc{} || !std::isfinite(bytes) || bytes <= 0)
    fail(ErrorCode::usage, "--max-bytes: '{}' is no number of bytes; write it as 250MB or 0.25GB", text);
  return bytes;
}

/// "w4a6".
LayerWidths parse_uniform(const std::string& text) {
  LayerWidths widths;
  const char* const end = text.data() + text.size();
  bool good = text.size() > 3 && text[0] == 'w';
  if (good) {
    const auto weights = std::from_chars(text.data() + 1, end, widths.weight_bits);
    good = weights.ec == std::errc{} && weights.ptr != end && *weights.ptr == 'a';
    if (good) {
      const auto inputs = std::from_chars(weights.ptr + 1, end, widths.input_bits);
      good = inputs.ec == std::errc{} && inputs.ptr == end;
    }
  }
  const auto possible = [](int bits) { return bits >= 2 && bits <= 8; };
  if (!good || !possible(widths.weight_bits) || !possible(widths.input_bits))
    fail(ErrorCode::usage, "'{}' are no widths; write w4a6 for 4-bit weights and 6-bit activations (2 to 8)",
         text);
  return widths;
}

}  // namespace

void QuantizeArguments::add_to(CLI::App& command) {
  source.add_to(command);
  command
      .add_option("--train", training_pictures,
                  "pictures to train with: IDX, CIFAR binary, a folder by class or with labels.tsv")
      ->required()
      ->type_name("DATA");
  command.add_option("--test", test_pictures, "pictures to report the accuracy on")->type_name("DATA");
  auto* budget =
      command
          .add_option("--budget,--sweep", budgets,
                      "what linear layers may send, as a part of what they send at 8 bits; several: one "
                      "model each, the loosest first, FILE-PART.pqm")
          ->delimiter(',')
          ->check(within(0.01, 1))
          ->type_name("PART,...");
  auto* bytes = command.add_option("--max-bytes", most_bytes, "what a picture may send in all, say 250MB")
                    ->type_name("BYTES");
  auto* seconds =
      command.add_option("--max-seconds", most_seconds, "what a picture may take, as predicted on --network")
          ->check(within(1e-6, 1e9));
  auto* widths =
      command.add_option("--uniform", uniform, "no search: these widths for all inner layers, say w4a6")
          ->type_name("wWaA");
  budget->excludes(bytes, seconds, widths);
  bytes->excludes(seconds, widths);
  seconds->excludes(widths);
  of_link_.push_back(
      command.add_option("--network", network, "the link of --max-seconds: lan, wan or MBPS,RTT_MS")
          ->capture_default_str());
  command
      .add_option("--ot", ot,
                  "the OT extension in whose prices budgets and reports are: iknp, softspoken2, softspoken4, "
                  "softspoken8 or ferret; the model is served with any")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--min-accuracy", options.least_accuracy,
                  "in percent of the test pictures; below it nothing is "
                  "written")
      ->check(within(0, 100));
  of_search_.push_back(
      command.add_option("--weights", weights, "widths of weights that the search may choose")
          ->capture_default_str());
  of_search_.push_back(
      command.add_option("--activations", activations, "the same of activations")->capture_default_str());
  command.add_option("--residual", options.limits.residual_bits, "width of what residual blocks add to")
      ->check(CLI::Range(4, 12))
      ->capture_default_str();
  of_search_.push_back(
      command
          .add_option(
              "--narrow-accumulators", options.limits.most_accumulator_cut,
              "bits that the search may take from a layer's accumulator by moving weights towards zero")
          ->check(CLI::Range(0, 3))
          ->type_name("BITS")
          ->capture_default_str());
  CLI::Option* recovery =
      command
          .add_option("--recovery", options.recovery,
                      "part of what narrow weights cost that training takes back: the search leaves it out")
          ->check(CLI::Range(0.0, 1.0))
          ->capture_default_str();
  of_search_.push_back(recovery);
  of_training_.push_back(recovery);
  command.add_option("--epochs", options.epochs, "of training, for each budget; 0 only rounds")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  of_training_.push_back(
      command
          .add_option("--learning-rate", options.learning_rate, "the peak, in steps of each layer's weights")
          ->check(within(1e-8, 1))
          ->capture_default_str());
  of_training_.push_back(command
                             .add_option("--exponent-rate", options.exponent_rate,
                                         "learning rate of scales; 0: they stay as measured")
                             ->check(within(0, 1))
                             ->capture_default_str());
  of_training_.push_back(
      command.add_option("--shift", options.largest_shift, "pixels that training moves pictures by at most")
          ->check(CLI::Range(0, 64))
          ->capture_default_str());
  of_training_.push_back(
      command.add_flag("!--no-mirror", options.mirrors, "training shows no mirrored pictures"));
  of_training_.push_back(
      command.add_option("--teacher", teacher, "another network whose outputs to imitate (.onnx or .pqg)")
          ->type_name("FILE"));
  of_search_.push_back(command
                           .add_option("--search", search,
                                       "program: the integer program; order: narrow what is least sensitive "
                                       "first, to compare with")
                           ->check(CLI::IsMember({"program", "order"}))
                           ->capture_default_str());
  of_search_.push_back(command.add_option("--sensitivity", sensitivity, "the estimate: fisher or hutchinson")
                           ->check(CLI::IsMember({"fisher", "hutchinson"}))
                           ->capture_default_str());
  command.add_option("--seed", options.seed, "of everything that is random")->capture_default_str();
  command.add_option("--threads", options.threads, "another number gives another model")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command.add_flag("--resume", options.resume, "go on from the checkpoint of an interrupted run");
  command.add_option("-o,--output", output, "the model file to write")->required()->type_name("FILE.pqm");
  command.add_option("--report", report, "an HTML page with charts")->type_name("FILE.html");
  add_json(command, json);
}

void QuantizeArguments::refuse_idle_options() const {
  const auto refuse = [](const std::vector<CLI::Option*>& idle, const char* why) {
    for (const CLI::Option* option : idle) {
      if (option->count() > 0)
        fail(ErrorCode::usage, "{} has no effect {}; leave it out", option->get_name(), why);
    }
  };
  if (options.epochs == 0) refuse(of_training_, "without training (--epochs 0)");
  if (!uniform.empty()) refuse(of_search_, "where --uniform gives the widths");
  if (most_seconds == 0) refuse(of_link_, "without --max-seconds");
}

QuantizeOptions QuantizeArguments::parse() const {
  refuse_idle_options();
  QuantizeOptions result = options;
  result.extension = ot_extension_named(ot);
  result.training_pictures = training_pictures;
  result.test_pictures = test_pictures;
  result.output = output;
  result.least_accuracy = options.least_accuracy / 100;
  if (result.least_accuracy > 0 && test_pictures.empty())
    fail(ErrorCode::usage, "--min-accuracy needs pictures to measure it on; name them with --test");
  // Now rather than after an hour of training.
  if (!report.empty()) expect_writable(report);
  std::tie(result.limits.least_weight_bits, result.limits.most_weight_bits) =
      parse_range(weights, "--weights");
  std::tie(result.limits.least_input_bits, result.limits.most_input_bits) =
      parse_range(activations, "--activations");
  result.search = search == "program" ? SearchMethod::program : SearchMethod::order;
  result.curvature = sensitivity == "fisher" ? Curvature::fisher : Curvature::hutchinson;
  if (!teacher.empty()) result.teacher = source.open(teacher);
  if (!budgets.empty()) {
    std::vector<double> sorted = budgets;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    for (const double budget : sorted)
      result.bounds.push_back({Bound::Kind::fraction, budget, {}, fmt::format("{}", budget)});
  } else if (!most_bytes.empty()) {
    result.bounds.push_back({Bound::Kind::bytes, parse_bytes(most_bytes), {}, most_bytes});
  } else if (most_seconds > 0) {
    result.bounds.push_back({Bound::Kind::seconds, most_seconds, {}, fmt::format("{}s", most_seconds)});
    result.link = parse_link_shape(network);
  } else if (!uniform.empty()) {
    const LayerWidths widths = parse_uniform(uniform);
    result.bounds.push_back({Bound::Kind::none, 0, widths, uniform});
    result.limits.least_weight_bits = std::min(result.limits.least_weight_bits, widths.weight_bits);
    result.limits.least_input_bits = std::min(result.limits.least_input_bits, widths.input_bits);
    result.limits.most_weight_bits = std::max(result.limits.most_weight_bits, widths.weight_bits);
    result.limits.most_input_bits = std::max(result.limits.most_input_bits, widths.input_bits);
  } else {
    fail(ErrorCode::usage,
         "nothing says what the network may cost; give --budget 0.37, --max-bytes 250MB, --max-seconds 2, "
         "--sweep 0.30,0.37,1.0 or --uniform w4a6");
  }
  return result;
}

}  // namespace privquant
