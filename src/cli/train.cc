#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/json_or_null.h"
#include "cli/model_source.h"
#include "cli/options.h"
#include "cli/real_model_source.h"
#include "cli/reuse_memory.h"
#include "cli/training_display.h"
#include "nn/real_model.h"
#include "quant/real_form.h"
#include "quant/train_network.h"

namespace privquant {

namespace {

struct Options {
  RealModelArguments source;
  TrainNetworkOptions training;
  std::string training_pictures, test_pictures, output;
  bool json = false;
};

/// Without its preprocessing, which is given or measured.
Graph open_architecture(const RealModelArguments& source) {
  if (is_zoo(source.path)) return real_form(open_model(source.path).graph);
  if (source.is_imported()) return load_real_model(source.path).graph;
  return source.open().graph;
}

int run_train(const Options& options) {
  TrainNetworkOptions training = options.training;
  reuse_memory();
  training.training_pictures = options.training_pictures;
  training.test_pictures = options.test_pictures;
  training.output = options.output;
  const ImportOptions given = options.source.import_options(options.source.path);
  training.preprocessing = given.preprocessing;
  training.labels = given.labels;
  Graph architecture = open_architecture(options.source);
  if (training.resume) TrainingDisplay::note_resume(training.output);
  TrainingDisplay display;
  const TrainNetworkResult result =
      train_network(std::move(architecture), training,
                    [&](const StageProgress& progress) { return display.show(progress); });
  display.clear();
  if (result.interrupted) return TrainingDisplay::report_interrupt(result.resumable);
  if (options.json) {
    const nlohmann::json figures{{"network", options.output},
                                 {"epochs", result.epochs_done},
                                 {"test_pictures", result.test_pictures},
                                 {"accuracy", json_or_null(result.accuracy)}};
    fmt::print("{}\n", figures.dump(2));
  } else {
    fmt::print("{}\n", options.output);
    if (result.accuracy)
      fmt::print("{:.2f} % of {} test pictures right\n", 100 * *result.accuracy, result.test_pictures);
  }
  return 0;
}

}  // namespace

Command add_train(CLI::App& app) {
  auto options = std::make_shared<Options>();
  TrainNetworkOptions& training = options->training;
  CLI::App* command =
      app.add_subcommand("train", "train a network in real numbers from nothing, for `quantize` to take");
  options->source.add_to(*command);
  command->get_option("network")->description(
      "whose architecture to train: zoo:NAME, .onnx or .pqg; weights are drawn anew");
  command
      ->add_option("--train", options->training_pictures,
                   "pictures to train with: IDX, CIFAR binary, a folder by class")
      ->required()
      ->type_name("DATA");
  command->add_option("--test", options->test_pictures, "pictures to report the accuracy on")
      ->type_name("DATA");
  command->add_option("--epochs", training.epochs, "of training")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--learning-rate", training.learning_rate, "the peak")
      ->check(within(1e-8, 10))
      ->capture_default_str();
  command->add_option("--weight-decay", training.weight_decay, "of all parameters")
      ->check(within(0, 1))
      ->capture_default_str();
  command->add_option("--label-smoothing", training.label_smoothing, "0: labels as they are")
      ->check(within(0, 0.5))
      ->capture_default_str();
  command->add_option("--shift", training.largest_shift, "pixels that pictures are moved by at most")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  command->add_flag("!--no-mirror", training.mirrors, "no mirrored pictures");
  command->add_option("--seed", training.seed, "of everything that is random")->capture_default_str();
  command->add_option("--threads", training.threads, "another number gives another network")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--resume", training.resume, "go on from the checkpoint of an interrupted run");
  command->add_option("-o,--output", options->output, "the network to write")
      ->required()
      ->type_name("FILE.pqg");
  add_json(*command, options->json);
  command->footer(
      "Without --mean and --std, pictures are normalised by their own mean and deviation.\n"
      "Where other programs use the processor, too, set OMP_WAIT_POLICY=passive: it is faster.");
  return {command, [options] { return run_train(*options); }};
}

}  // namespace privquant
