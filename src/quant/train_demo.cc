#include "quant/train_demo.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "base/error.h"
#include "data/picture.h"
#include "nn/files.h"
#include "nn/model_file.h"
#include "quant/check_export.h"
#include "quant/fashion_graph.h"
#include "quant/integer_accuracy.h"
#include "quant/train.h"

namespace privquant {
namespace {

constexpr std::int64_t calibration_pictures = 2048;
constexpr std::int64_t checked_pictures = 256;

void check_options(const TrainDemoOptions& options) {
  if (options.real_epochs < 1 || options.quantised_epochs < 0) {
    fail(ErrorCode::usage, "{} and {} epochs cannot be trained; ask for at least 1 real and 0 quantised ones",
         options.real_epochs, options.quantised_epochs);
  }
  if (options.threads < 1 || options.threads > 256) {
    fail(ErrorCode::usage, "{} threads make no sense; ask for 1 to 256", options.threads);
  }
  // Now rather than after minutes of training.
  expect_writable(options.output);
}

}  // namespace

TrainDemoResult train_demo(const TrainDemoOptions& options,
                           const std::function<void(const TrainDemoProgress&)>& progress) {
  check_options(options);
  at::set_num_threads(static_cast<int>(options.threads));
  torch::manual_seed(options.seed);
  const auto reporter = [&](const char* phase) {
    return [&progress, phase](const EpochReport& epoch) {
      if (progress) progress({phase, epoch.epoch, epoch.epochs, epoch.loss, epoch.accuracy});
    };
  };

  const Graph graph = fashion_graph();
  const TrainingSet training =
      load_training_set(*open_dataset(options.data, DatasetPart::training, 1), graph);
  const std::unique_ptr<Dataset> test_pictures = open_dataset(options.data, DatasetPart::test, 1);
  const TrainingSet test = load_training_set(*test_pictures, graph);

  TrainableNetwork network(graph);
  train(network, training, {options.real_epochs, 4e-3, 1e-4, 0, options.seed}, reporter("real"));
  TrainDemoResult result;
  result.real_accuracy = accuracy(network, test);

  network.fold_batch_norm();
  const std::int64_t training_count = training.labels.size(0);
  network.calibrate(training.values.narrow(0, 0, std::min(calibration_pictures, training_count)));
  // Another seed: the order of the first phase would bring the same variations again.
  train(network, training, {options.quantised_epochs, 1e-3, 0, 0, options.seed + 1}, reporter("quantised"));

  const Model model = network.export_model();
  check_export(network, model, test.values.narrow(0, 0, std::min(checked_pictures, test.labels.size(0))));
  result.integer_accuracy = integer_accuracy(model, *test_pictures, options.threads);
  result.test_pictures = test_pictures->size();
  save_model(model, options.output);
  result.model_bytes = std::filesystem::file_size(options.output);
  return result;
}

}  // namespace privquant
