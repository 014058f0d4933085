#include "quant/train.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "base/error.h"
#include "nn/executor.h"

namespace privquant {
namespace {

constexpr std::int64_t batch_size = 128;
constexpr int largest_shift = 1;

/// Uniform in 0..bound−1. Written out because std::uniform_int_distribution differs between libraries; the
/// modulo's bias is below 2^−40 here.
std::size_t draw(std::mt19937_64& generator, std::size_t bound) { return generator() % bound; }

/// Copies a plane, shifted by whole pixels (zeros come in from the side) and maybe mirrored.
void copy_plane(const float* from, float* to, std::int64_t height, std::int64_t width, std::int64_t down,
                std::int64_t right, bool mirrored) {
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t source_row = row - down;
      const std::int64_t source_column = (mirrored ? width - 1 - column : column) - right;
      const bool inside =
          source_row >= 0 && source_row < height && source_column >= 0 && source_column < width;
      *to++ = inside ? from[source_row * width + source_column] : 0.0F;
    }
  }
}

/// The pictures with these indices, each shifted and mirrored at random.
torch::Tensor varied(const torch::Tensor& values, const std::vector<std::int64_t>& indices,
                     std::mt19937_64& generator) {
  const std::int64_t channels = values.size(1);
  const std::int64_t height = values.size(2);
  const std::int64_t width = values.size(3);
  const std::int64_t area = height * width;
  torch::Tensor batch = torch::empty({static_cast<std::int64_t>(indices.size()), channels, height, width});
  float* to = batch.data_ptr<float>();
  for (const std::int64_t index : indices) {
    const std::int64_t down =
        static_cast<std::int64_t>(draw(generator, 2 * largest_shift + 1)) - largest_shift;
    const std::int64_t right =
        static_cast<std::int64_t>(draw(generator, 2 * largest_shift + 1)) - largest_shift;
    const bool mirrored = draw(generator, 2) == 1;
    for (std::int64_t plane = 0; plane < channels; ++plane, to += area) {
      copy_plane(values.data_ptr<float>() + (index * channels + plane) * area, to, height, width, down, right,
                 mirrored);
    }
  }
  return batch;
}

std::vector<std::int64_t> shuffled(std::int64_t count, std::mt19937_64& generator) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draw(generator, i)]);
  return order;
}

double rate_at(const TrainingPlan& plan, std::int64_t step, std::int64_t steps) {
  const double progress = static_cast<double>(step) / static_cast<double>(steps);
  constexpr double warm_up = 0.1;
  if (progress < warm_up) return plan.learning_rate * (progress / warm_up + 1e-2);
  return plan.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * (progress - warm_up) / (1 - warm_up)));
}

void set_rate(torch::optim::AdamW& optimiser, double rate) {
  for (auto& group : optimiser.param_groups()) {
    static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
  }
}

}  // namespace

TrainingSet load_training_set(const Dataset& dataset, const Graph& graph, std::size_t limit) {
  const std::size_t count = limit == 0 ? dataset.size() : std::min(limit, dataset.size());
  if (count == 0) fail(ErrorCode::file, "the set of pictures is empty; name one that holds some");
  const Shape& shape = graph.input().shape;
  const std::size_t classes = graph.output().shape.elements();
  TrainingSet set{torch::empty({static_cast<std::int64_t>(count), shape.channels, shape.height, shape.width}),
                  torch::empty({static_cast<std::int64_t>(count)}, torch::kInt64)};
  float* values = set.values.data_ptr<float>();
  auto* labels = set.labels.data_ptr<std::int64_t>();
  const auto unit = static_cast<float>(std::ldexp(1.0, graph.input().type.exponent));
  for (std::size_t i = 0; i < count; ++i) {
    const LabelledPicture item = dataset.at(i);
    if (!item.label || static_cast<std::size_t>(*item.label) >= classes) {
      fail(ErrorCode::file, "{} has no label from 0 to {}; use a set whose classes are the network's",
           item.name, classes - 1);
    }
    const Picture& picture = item.picture;
    const IntegerTensor input =
        quantise_picture(graph, picture.channels, picture.height, picture.width, picture.bytes);
    for (const std::int64_t value : input.values) *values++ = static_cast<float>(value) * unit;
    *labels++ = *item.label;
  }
  return set;
}

void train(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
           const std::function<void(const EpochReport&)>& report) {
  std::mt19937_64 generator(plan.seed);
  torch::optim::AdamW optimiser(
      network.parameters(), torch::optim::AdamWOptions(plan.learning_rate).weight_decay(plan.weight_decay));
  const auto loss_options =
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(plan.label_smoothing);
  const std::int64_t count = set.labels.size(0);
  const std::int64_t batches = (count + batch_size - 1) / batch_size;
  network.train();
  for (int epoch = 0; epoch < plan.epochs; ++epoch) {
    const std::vector<std::int64_t> order = shuffled(count, generator);
    double loss_sum = 0;
    std::int64_t right = 0;
    for (std::int64_t batch = 0; batch < batches; ++batch) {
      set_rate(optimiser, rate_at(plan, epoch * batches + batch, plan.epochs * batches));
      const auto first = order.begin() + batch * batch_size;
      const std::vector<std::int64_t> indices(first, std::min(first + batch_size, order.end()));
      const torch::Tensor labels = set.labels.index_select(0, torch::tensor(indices));
      const torch::Tensor outputs = network.forward(varied(set.values, indices, generator));
      const torch::Tensor loss = torch::nn::functional::cross_entropy(outputs, labels, loss_options);
      optimiser.zero_grad();
      loss.backward();
      optimiser.step();
      loss_sum += loss.item<double>() * static_cast<double>(indices.size());
      right += outputs.argmax(1).eq(labels).sum().item<std::int64_t>();
    }
    if (report) {
      report({epoch + 1, plan.epochs, loss_sum / static_cast<double>(count),
              static_cast<double>(right) / static_cast<double>(count)});
    }
  }
  network.eval();
}

double accuracy(TrainableNetwork& network, const TrainingSet& set) {
  const torch::NoGradGuard no_gradient;
  network.eval();
  const std::int64_t count = set.labels.size(0);
  std::int64_t right = 0;
  for (std::int64_t first = 0; first < count; first += batch_size) {
    const std::int64_t size = std::min(batch_size, count - first);
    const torch::Tensor outputs = network.forward(set.values.narrow(0, first, size));
    right += outputs.argmax(1).eq(set.labels.narrow(0, first, size)).sum().item<std::int64_t>();
  }
  return static_cast<double>(right) / static_cast<double>(count);
}

}  // namespace privquant
