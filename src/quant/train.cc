#include "quant/train.h"

#include <torch/autograd.h>
#include <torch/nn/functional/loss.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <sstream>

#include "base/error.h"
#include "search/network_price.h"

namespace privquant {
namespace {

constexpr std::int64_t batch_size = 128;
// Of distillation: how soft the teacher's outputs are, and its part of the loss.
constexpr double temperature = 2;
constexpr double teachers_part = 0.5;
constexpr double momentum = 0.9;

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
                     const TrainingPlan& plan, std::mt19937_64& generator) {
  const std::int64_t channels = values.size(1);
  const std::int64_t height = values.size(2);
  const std::int64_t width = values.size(3);
  const std::int64_t area = height * width;
  torch::Tensor batch = torch::empty({static_cast<std::int64_t>(indices.size()), channels, height, width});
  float* to = batch.data_ptr<float>();
  for (const std::int64_t index : indices) {
    const auto shift = [&] {
      const auto shifts = static_cast<std::size_t>(2 * plan.largest_shift + 1);
      return static_cast<std::int64_t>(draw(generator, shifts)) - plan.largest_shift;
    };
    const std::int64_t down = shift();
    const std::int64_t right = shift();
    const bool mirrored = draw(generator, 2) == 1 && plan.mirrors;
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

/// The share of its peak that a learning rate has.
double rate_share(double progress, double warm_up) {
  if (progress < warm_up) return progress / warm_up + 1e-2;
  return 0.5 * (1 + std::cos(std::numbers::pi * (progress - warm_up) / (1 - warm_up)));
}

torch::Tensor divergence(const torch::Tensor& outputs, const torch::Tensor& teachers) {
  const torch::Tensor ours = torch::log_softmax(outputs / temperature, 1);
  const torch::Tensor wanted = torch::softmax(teachers / temperature, 1);
  // The factor keeps the gradient's size whatever the temperature.
  return torch::kl_div(ours, wanted, at::Reduction::Sum) *
         (temperature * temperature / static_cast<double>(outputs.size(0)));
}

std::unique_ptr<torch::optim::OptimizerOptions> optimiser_options(Optimiser optimiser, double rate,
                                                                  double decay) {
  if (optimiser == Optimiser::sgd) {
    auto options = std::make_unique<torch::optim::SGDOptions>(rate);
    options->momentum(momentum).nesterov(true).weight_decay(decay);
    return options;
  }
  auto options = std::make_unique<torch::optim::AdamWOptions>(rate);
  options->weight_decay(decay);
  return options;
}

constexpr double exponents_share = 0.5;  // of the steps; then weights settle on a grid that stays

}  // namespace

Trainer::Trainer(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
                 TrainableNetwork* teacher)
    : network_(network), set_(set), plan_(plan), teacher_(teacher) {
  PQ_CHECK(plan.epochs >= 0 && plan.largest_shift >= 0 && set.labels.size(0) > 0);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  const auto add_group = [&](std::vector<torch::Tensor> parameters, double rate, double decay) {
    groups.emplace_back(std::move(parameters), optimiser_options(plan.optimiser, rate, decay));
  };
  if (plan.layer_rates.empty()) {
    rates_ = {plan.learning_rate};
    add_group(network.parameters(), plan.learning_rate, plan.weight_decay);
  } else {
    PQ_CHECK(network.children().empty());
    const std::vector<NodeId> layers = weighted_nodes(network.graph());
    PQ_CHECK(layers.size() == plan.layer_rates.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
      rates_.push_back(plan.learning_rate * plan.layer_rates[i]);
      add_group({network.weight(layers[i]), network.bias(layers[i])}, rates_.back(), plan.weight_decay);
    }
  }
  if (plan.exponent_rate > 0) {
    network.learn_exponents(true);
    add_group(network.exponent_parameters(), plan.exponent_rate, 0);
  }
  if (plan.optimiser == Optimiser::sgd) {
    optimiser_ = std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(plan.learning_rate));
  } else {
    optimiser_ =
        std::make_unique<torch::optim::AdamW>(groups, torch::optim::AdamWOptions(plan.learning_rate));
  }
  if (teacher) teacher->eval();
}

Trainer::~Trainer() = default;

bool Trainer::run_epoch(const TrainingHooks& hooks) {
  // Each epoch has its own numbers, so that one that begins again sees the same pictures.
  std::mt19937_64 generator(plan_.seed + 1000003 * static_cast<std::uint64_t>(epochs_done_));
  const auto loss_options =
      torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(plan_.label_smoothing);
  const std::int64_t count = set_.labels.size(0);
  const std::int64_t batches = (count + batch_size - 1) / batch_size;
  const std::int64_t steps = plan_.epochs * batches;
  const std::vector<std::int64_t> order = shuffled(count, generator);
  double loss_sum = 0;
  std::int64_t right = 0;
  std::int64_t seen = 0;
  for (std::int64_t batch = 0; batch < batches; ++batch) {
    const std::int64_t step = epochs_done_ * batches + batch;
    const double progress = static_cast<double>(step) / static_cast<double>(steps);
    auto& groups = optimiser_->param_groups();
    for (std::size_t i = 0; i < rates_.size(); ++i)
      groups[i].options().set_lr(rates_[i] * rate_share(progress, plan_.warm_up));
    if (groups.size() > rates_.size()) {
      groups.back().options().set_lr(plan_.exponent_rate);
      if (progress >= exponents_share) network_.learn_exponents(false);
    }
    const auto first = order.begin() + batch * batch_size;
    const std::vector<std::int64_t> indices(first, std::min(first + batch_size, order.end()));
    const torch::Tensor labels = set_.labels.index_select(0, torch::tensor(indices));
    const torch::Tensor pictures = varied(set_.values, indices, plan_, generator);
    const torch::Tensor outputs = network_.forward(pictures);
    torch::Tensor loss = torch::nn::functional::cross_entropy(outputs, labels, loss_options);
    if (teacher_) {
      const torch::NoGradGuard no_gradient;
      const torch::Tensor teachers = teacher_->forward(pictures);
      const torch::AutoGradMode gradient(true);
      loss = (1 - teachers_part) * loss + teachers_part * divergence(outputs, teachers);
    }
    optimiser_->zero_grad();
    loss.backward();
    optimiser_->step();
    if (!std::isfinite(loss.item<double>()))
      fail(ErrorCode::usage, "training diverged; ask for a smaller learning rate");
    loss_sum += loss.item<double>() * static_cast<double>(indices.size());
    right += outputs.argmax(1).eq(labels).sum().item<std::int64_t>();
    seen += static_cast<std::int64_t>(indices.size());
    const BatchReport report{step + 1, steps, loss_sum / static_cast<double>(seen),
                             static_cast<double>(right) / static_cast<double>(seen)};
    if (hooks.batch && !hooks.batch(report)) return false;
  }
  ++epochs_done_;
  if (hooks.epoch) {
    hooks.epoch({epochs_done_, plan_.epochs, loss_sum / static_cast<double>(count),
                 static_cast<double>(right) / static_cast<double>(count)});
  }
  return true;
}

bool Trainer::run(const TrainingHooks& hooks) {
  network_.train();
  while (epochs_done_ < plan_.epochs) {
    if (!run_epoch(hooks)) return false;
    state_ = serialise();
    if (hooks.state) hooks.state(state_);
  }
  if (plan_.exponent_rate > 0) network_.learn_exponents(false);
  network_.eval();
  return true;
}

std::string Trainer::serialise() {
  torch::serialize::OutputArchive archive;
  torch::serialize::OutputArchive of_network;
  torch::serialize::OutputArchive of_optimiser;
  network_.save(of_network);
  optimiser_->save(of_optimiser);
  archive.write("network", of_network);
  archive.write("optimiser", of_optimiser);
  archive.write("exponents", network_.exponents());
  archive.write("epochs_done", torch::tensor(epochs_done_));
  std::ostringstream bytes;
  archive.save_to(bytes);
  return bytes.str();
}

void Trainer::restore(const std::string& state) try {
  torch::serialize::InputArchive archive;
  std::istringstream bytes(state);
  archive.load_from(bytes);
  torch::serialize::InputArchive part;
  archive.read("network", part);
  network_.load(part);
  torch::serialize::InputArchive of_optimiser;
  archive.read("optimiser", of_optimiser);
  optimiser_->load(of_optimiser);
  torch::Tensor exponents;
  archive.read("exponents", exponents);
  network_.restore_exponents(exponents);
  torch::Tensor done;
  archive.read("epochs_done", done);
  epochs_done_ = done.item<int>();
  state_ = state;
} catch (const Error&) {
  throw;
} catch (const std::exception&) {
  fail(ErrorCode::file, "the checkpoint does not belong to this training; remove it and begin again");
}

void train(TrainableNetwork& network, const TrainingSet& set, const TrainingPlan& plan,
           const std::function<void(const EpochReport&)>& report) {
  Trainer(network, set, plan).run({report, {}, {}});
}

}  // namespace privquant
