#include "quant/quantize.h"

#include <fmt/core.h>

#include <memory>

#include "base/error.h"
#include "cli/calibration_file.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/quantize_options.h"
#include "cli/quantize_page.h"
#include "cli/quantize_report.h"
#include "cli/real_model_source.h"
#include "cli/reuse_memory.h"
#include "cli/training_display.h"
#include "nn/files.h"

namespace privquant {

namespace {

void tell(const QuantizeArguments& arguments, const std::string& network, const QuantizeResult& result) {
  if (arguments.json) {
    fmt::print("{}\n", to_json(result).dump(2));
  } else {
    fmt::print("{}", to_text(result));
  }
  // It describes weights, which are secret.
  if (!arguments.report.empty())
    replace_file(arguments.report, quantize_page(network, result), Readers::owner);
}

int run_quantize(const QuantizeArguments& arguments) {
  QuantizeOptions options = arguments.parse();
  reuse_memory();
  options.calibration = choose_calibration().calibration;
  const RealModel model = arguments.source.open();
  if (options.resume) TrainingDisplay::note_resume(options.output);
  TrainingDisplay display;
  QuantizeHooks hooks;
  hooks.progress = [&](const StageProgress& progress) { return display.show(progress); };
  hooks.finished = [&](const QuantizeResult& result) {
    display.clear();
    tell(arguments, model.graph.name, result);
  };
  const QuantizeResult result = quantize(model, options, hooks);
  return result.interrupted ? TrainingDisplay::report_interrupt(result.resumable) : 0;
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
