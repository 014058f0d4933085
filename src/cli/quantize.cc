#include "quant/quantize.h"

#include <fmt/core.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>

#include "base/error.h"
#include "cli/calibration_file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/quantize_options.h"
#include "cli/quantize_page.h"
#include "cli/quantize_report.h"
#include "cli/real_model_source.h"
#include "nn/files.h"

namespace privquant {

namespace {

std::atomic<bool> interrupted = false;

/// The first interrupt asks for an end, the second one ends the process.
void on_interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

/// A line on a terminal; and a line that stays for each tenth of a stage of training.
class Display {
 public:
  bool operator()(const QuantizeProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (progress.stage != stage_) {
      stage_ = progress.stage;
      begin_ = now;
      tenth_ = 0;
    }
    const std::string text = describe(progress, std::chrono::duration<double>(now - begin_).count());
    line_.show(progress.fraction, text);
    const int tenth = static_cast<int>(progress.fraction * 10);
    if (progress.loss > 0 && tenth > tenth_) {
      tenth_ = tenth;
      line_.clear();
      fmt::print(stderr, "{:3.0f} %  {}\n", 100 * progress.fraction, text);
    }
    return !interrupted;
  }
  void clear() { line_.clear(); }

 private:
  static std::string describe(const QuantizeProgress& progress, double seconds) {
    std::string text = progress.stage;
    if (progress.loss > 0)
      text += fmt::format(", loss {:.4f}, accuracy {:.2f} %", progress.loss, 100 * progress.accuracy);
    if (progress.fraction > 0.02) {
      const double left = seconds / progress.fraction * (1 - progress.fraction);
      text += left < 90 ? fmt::format(", {:.0f} s left", left) : fmt::format(", {:.0f} min left", left / 60);
    }
    return text;
  }

  ProgressLine line_;
  std::string stage_;
  std::chrono::steady_clock::time_point begin_;
  int tenth_ = 0;
};

int run_quantize(const QuantizeArguments& arguments) {
  QuantizeOptions options = arguments.parse();
  options.calibration = choose_calibration().calibration;
  const RealModel model = arguments.source.open();
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  Display display;
  const QuantizeResult result =
      quantize(model, options, {[&](const QuantizeProgress& progress) { return display(progress); }, {}});
  display.clear();
  if (arguments.json) {
    fmt::print("{}\n", to_json(result).dump(2));
  } else {
    fmt::print("{}", to_text(result));
  }
  // Last, so that nothing is lost if it cannot be written. It describes weights, which are secret.
  if (!arguments.report.empty())
    replace_file(arguments.report, quantize_page(model.graph.name, result), Readers::owner);
  if (result.interrupted) {
    fmt::print(stderr, "interrupted; the same command with --resume goes on\n");
    return 130;
  }
  return 0;
}

}  // namespace

Command add_quantize(CLI::App& app) {
  auto arguments = std::make_shared<QuantizeArguments>();
  CLI::App* command = app.add_subcommand(
      "quantize", "turn a trained network into a model that can be served, within a budget of communication");
  arguments->add_to(*command);
  command->footer("Where other programs use the processor, too, set OMP_WAIT_POLICY=passive: it is faster.");
  return {command, [arguments] { return run_quantize(*arguments); }};
}

}  // namespace privquant
