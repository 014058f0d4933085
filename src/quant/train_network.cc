#include "quant/train_network.h"

#include <fmt/format.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/spread.h"
#include "nn/files.h"
#include "nn/real_model.h"
#include "quant/checkpoint.h"
#include "quant/fine_input.h"
#include "quant/train.h"
#include "quant/training_set.h"

namespace privquant {
namespace {

constexpr std::size_t measured_pictures = 10000;

/// Mean and deviation of bytes / 255, channel by channel.
Preprocessing measure_preprocessing(const Dataset& pictures, int channels) {
  std::vector<double> sums(static_cast<std::size_t>(channels));
  std::vector<double> squares(sums.size());
  double count = 0;
  for (const std::size_t index : spread(pictures.size(), measured_pictures)) {
    const Picture picture = pictures.at(index).picture;
    const std::size_t area = picture.bytes.size() / sums.size();
    for (std::size_t at = 0; at < picture.bytes.size(); ++at) {
      const double value = picture.bytes[at] / 255.0;
      sums[at / area] += value;
      squares[at / area] += value * value;
    }
    count += static_cast<double>(area);
  }
  Preprocessing result;
  for (std::size_t channel = 0; channel < sums.size(); ++channel) {
    const double mean = sums[channel] / count;
    const double variance = squares[channel] / count - mean * mean;
    // Four digits, as people write them; what is the same everywhere is only shifted.
    const auto round = [](double value) { return std::round(value * 1e4) / 1e4; };
    result.mean.push_back(round(mean));
    result.deviation.push_back(variance > 1e-8 ? round(std::sqrt(variance)) : 1);
  }
  return result;
}

/// One number stands for all channels.
Preprocessing for_each_channel(Preprocessing preprocessing, int channels) {
  for (std::vector<double>* numbers : {&preprocessing.mean, &preprocessing.deviation}) {
    if (numbers->size() == 1) numbers->resize(static_cast<std::size_t>(channels), numbers->front());
  }
  return preprocessing;
}

TrainingPlan plan_of(const TrainNetworkOptions& options) {
  TrainingPlan plan;
  plan.epochs = options.epochs;
  plan.learning_rate = options.learning_rate;
  plan.weight_decay = options.weight_decay;
  plan.label_smoothing = options.label_smoothing;
  plan.seed = options.seed;
  plan.largest_shift = options.largest_shift;
  plan.mirrors = options.mirrors;
  plan.optimiser = Optimiser::sgd;
  return plan;
}

/// What a checkpoint must have in common with this work.
std::string purpose(const Graph& graph, const TrainNetworkOptions& options, std::int64_t pictures) {
  return fmt::format(
      "train 2 {} epochs {} rate {} decay {} smoothing {} shift {} mirrors {} seed {} threads {} {} pictures "
      "{}",
      fingerprint({graph, AllRealWeights(graph.nodes.size())}), options.epochs, options.learning_rate,
      options.weight_decay, options.label_smoothing, options.largest_shift, options.mirrors, options.seed,
      options.threads, options.training_pictures.string(), pictures);
}

}  // namespace

TrainNetworkResult train_network(Graph architecture, const TrainNetworkOptions& options,
                                 const std::function<bool(const StageProgress&)>& progress) {
  expect_writable(options.output);
  at::set_num_threads(static_cast<int>(options.threads));
  torch::manual_seed(options.seed);
  const int channels = architecture.input().shape.channels;
  const std::unique_ptr<Dataset> pictures =
      open_dataset(options.training_pictures, DatasetPart::training, channels);
  const std::unique_ptr<Dataset> test =
      options.test_pictures.empty() ? nullptr
                                    : open_dataset(options.test_pictures, DatasetPart::test, channels);
  if (pictures->size() == 0)
    fail(ErrorCode::file, "{} holds no pictures to train with; name a set that does",
         options.training_pictures.string());
  architecture.preprocessing = options.preprocessing.mean.empty()
                                   ? measure_preprocessing(*pictures, channels)
                                   : for_each_channel(options.preprocessing, channels);
  if (!options.labels.empty()) architecture.labels = options.labels;
  validate_structure(architecture);
  const Graph graph = with_fine_input(architecture);
  if (test) check_pictures(*test, graph);
  const TrainingSet training = load_training_set(*pictures, graph);

  TrainableNetwork network(architecture);
  Trainer trainer(network, training, plan_of(options));
  const std::filesystem::path path = checkpoint_path(options.output);
  const std::string wanted = purpose(architecture, options, training.labels.size(0));
  Checkpoint checkpoint = options.resume ? checkpoint_for(wanted, path) : Checkpoint{};
  if (!checkpoint.training.empty()) trainer.restore(checkpoint.training);
  checkpoint.purpose = wanted;

  TrainingHooks hooks;
  hooks.batch = [&](const BatchReport& batch) {
    return !progress ||
           progress({"training", static_cast<double>(batch.step) / static_cast<double>(batch.steps),
                     batch.loss, batch.accuracy});
  };
  hooks.state = [&](const std::string& state) {
    checkpoint.training = state;
    save_checkpoint(checkpoint, path);
  };
  TrainNetworkResult result;
  result.interrupted = !trainer.run(hooks);
  result.epochs_done = trainer.epochs_done();
  result.resumable = result.interrupted && !checkpoint.training.empty();
  if (result.interrupted) return result;

  network.eval();
  network.fold_batch_norm();
  const RealModel model{architecture, network.real_weights()};
  validate(model);
  save_real_model(model, options.output);
  if (test) {
    result.test_pictures = test->size();
    result.accuracy = accuracy(network, *test, graph);
  }
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  return result;
}

}  // namespace privquant
