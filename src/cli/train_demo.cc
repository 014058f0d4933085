#include "quant/train_demo.h"

#include <fmt/core.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/reuse_memory.h"

namespace privquant {

namespace {

struct Options {
  TrainDemoOptions training;
  std::string data = training.data.string();
  std::string output = training.output.string();
  bool json = false;
};

void print_epoch(const TrainDemoProgress& progress) {
  // Lines rather than one that is overwritten: the course of a training is worth keeping.
  fmt::print(stderr, "{:<9} epoch {:2} of {}: loss {:.4f}, training accuracy {:.2f} %\n", progress.phase,
             progress.epoch, progress.epochs, progress.loss, 100 * progress.accuracy);
}

int run_train_demo(const Options& options) {
  TrainDemoOptions training = options.training;
  reuse_memory();
  training.data = options.data;
  training.output = options.output;
  const TrainDemoResult result = train_demo(training, print_epoch);
  if (options.json) {
    const nlohmann::json figures{{"model", options.output},
                                 {"model_bytes", result.model_bytes},
                                 {"test_pictures", result.test_pictures},
                                 {"real_accuracy", result.real_accuracy},
                                 {"integer_accuracy", result.integer_accuracy}};
    fmt::print("{}\n", figures.dump(2));
  } else {
    fmt::print("{}: {} bytes\n", options.output, result.model_bytes);
    fmt::print("{:.2f} % of {} test pictures right in integers ({:.2f} % before quantisation)\n",
               100 * result.integer_accuracy, result.test_pictures, 100 * result.real_accuracy);
  }
  return 0;
}

}  // namespace

Command add_train_demo(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("train-demo", "train the Fashion-MNIST network, quantise it, write the model file");
  command->add_option("--data", options->data, "folder with the training and test pictures (IDX)")
      ->type_name("FOLDER")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "the model file to write")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("--seed", options->training.seed, "of weights, order and variations of the pictures")
      ->capture_default_str();
  command->add_option("--real-epochs", options->training.real_epochs, "epochs in real numbers")
      ->capture_default_str();
  command->add_option("--quantised-epochs", options->training.quantised_epochs, "epochs quantised")
      ->capture_default_str();
  command->add_option("--threads", options->training.threads, "threads; another number gives another model")
      ->capture_default_str();
  add_json(*command, options->json);
  command->footer("Where other programs use the processor, too, set OMP_WAIT_POLICY=passive: it is faster.");
  return {command, [options] { return run_train_demo(*options); }};
}

}  // namespace privquant
