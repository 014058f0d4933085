#include "quant/quantize.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "data/picture.h"
#include "nn/model_file.h"
#include "quant/check_export.h"
#include "quant/checkpoint.h"
#include "quant/integer_accuracy.h"
#include "quant/train.h"
#include "search/bit_search.h"
#include "search/network_price.h"

namespace privquant {
namespace {

constexpr std::int64_t calibration_pictures = 512;
constexpr std::int64_t sensitivity_pictures = 256;
constexpr std::int64_t checked_pictures = 64;
constexpr int edge_bits = 8;  // of the first and the last layer
// Pictures are kept to this precision; a quantised network rounds them to its input's type.
constexpr TensorType fine_pixels{24, true, -20};

class Interrupted {};

Graph with_fine_input(Graph graph) {
  graph.nodes[0].type = fine_pixels;
  return graph;
}

TrainingSet first_pictures(const TrainingSet& set, std::int64_t count) {
  count = std::min(count, set.labels.size(0));
  return {set.values.narrow(0, 0, count), set.labels.narrow(0, 0, count)};
}

class Quantisation {
 public:
  Quantisation(const RealModel& model, const QuantizeOptions& options, const QuantizeHooks& hooks)
      : model_(model), options_(options), hooks_(hooks), layers_(weighted_nodes(model.graph)) {
    at::set_num_threads(static_cast<int>(options.threads));
    torch::manual_seed(options.seed);
    const Graph graph = with_fine_input(model.graph);
    const int channels = graph.input().shape.channels;
    training_ = load_training_set(*open_dataset(options.training_pictures, channels), graph);
    if (!options.test_pictures.empty()) test_ = open_dataset(options.test_pictures, channels);
    if (options.resume) resume();
  }

  QuantizeResult run() {
    QuantizeResult result;
    try {
      if (test_) {
        result.test_pictures = test_->size();
        const TrainingSet test = load_training_set(*test_, with_fine_input(model_.graph));
        TrainableNetwork real(model_.graph, model_.weights);
        result.real_accuracy = accuracy(real, test);
      }
      tell("calibration", 0);
      rounded_.emplace(model_, first_pictures(training_, calibration_pictures).values, options_.limits);
      measure();
      for (std::size_t i = 0; i < options_.bounds.size(); ++i) {
        result.networks.push_back(reach(i));
        if (hooks_.finished) hooks_.finished(result.networks.back());
      }
      std::error_code ignored;
      std::filesystem::remove(checkpoint_path(), ignored);
    } catch (const Interrupted&) {
      result.interrupted = true;
    }
    return result;
  }

 private:
  std::filesystem::path checkpoint_path() const { return options_.output.string() + ".checkpoint"; }

  std::filesystem::path output_of(const Bound& bound) const {
    if (options_.bounds.size() == 1) return options_.output;
    std::filesystem::path path = options_.output;
    const std::string extension = path.extension().string();
    path.replace_extension();
    return path.string() + "-" + bound.name + extension;
  }

  void tell(const std::string& stage, double fraction, double loss = 0, double right = 0) const {
    if (hooks_.progress && !hooks_.progress({stage, fraction, loss, right})) throw Interrupted();
  }

  /// What a checkpoint must have in common with this work.
  std::string purpose() const {
    std::string text =
        fmt::format("{} {} {} {} {} {}", model_.graph.name, options_.epochs, options_.learning_rate,
                    options_.exponent_rate, options_.seed, options_.limits.residual_bits);
    for (const Bound& bound : options_.bounds) text += " " + bound.name;
    return text;
  }

  void resume() {
    checkpoint_ = load_checkpoint(checkpoint_path()).value_or(Checkpoint{});
    if (!checkpoint_.purpose.empty() && checkpoint_.purpose != purpose()) {
      fail(ErrorCode::usage,
           "the checkpoint {} is of other options or another network; remove it or use those",
           checkpoint_path().string());
    }
  }

  // ---- widths ----

  PriceOptions price_options(PriceUnit unit) const {
    PriceOptions price;
    price.unit = unit;
    price.calibration = options_.calibration;
    price.link = options_.link;
    return price;
  }

  NetworkWidths uniform(const LayerWidths& inner) const {
    NetworkWidths widths(layers_.size(), inner);
    widths.front() = widths.back() = {edge_bits, edge_bits};
    return widths;
  }

  void measure() {
    const bool searches = std::any_of(options_.bounds.begin(), options_.bounds.end(),
                                      [](const Bound& bound) { return bound.kind != Bound::Kind::none; });
    if (!searches) return;
    sensitivity_ =
        measure_sensitivity(*rounded_, first_pictures(training_, sensitivity_pictures), options_.curvature,
                            options_.seed, [&](double fraction) { tell("sensitivity", fraction); });
    tell("prices", 0);
    SearchProblem problem;
    const WidthLimits& limits = options_.limits;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      auto& candidates = problem.candidates.emplace_back();
      auto& rises = problem.sensitivity.emplace_back();
      const bool edge = layer == 0 || layer + 1 == layers_.size();
      if (edge) candidates.push_back({edge_bits, edge_bits});
      for (int w = limits.least_weight_bits; !edge && w <= limits.most_weight_bits; ++w) {
        for (int x = limits.least_input_bits; x <= limits.most_input_bits; ++x) candidates.push_back({w, x});
      }
      rises.reserve(candidates.size());
      for (const LayerWidths& widths : candidates) rises.push_back(edge ? 0 : rise(layer, widths));
    }
    const Graph reference = rounded_->graph_at(uniform({edge_bits, edge_bits})).graph;
    problem.neighbours = neighbours_of(reference);
    const PriceUnit unit = options_.bounds[0].kind == Bound::Kind::fraction  ? PriceUnit::linear_bytes
                           : options_.bounds[0].kind == Bound::Kind::seconds ? PriceUnit::seconds
                                                                             : PriceUnit::bytes;
    problem.price = network_price([this](const NetworkWidths& widths) { return rounded_->model_at(widths); },
                                  price_options(unit));
    problem.price_text = [unit](double price) { return price_text(unit, price); };
    whole_price_ = problem.price(uniform({edge_bits, edge_bits}));
    problem.negligible = 1e-5 * whole_price_;
    problem.most = whole_price_;
    search_.emplace(std::move(problem));
  }

  double rise(std::size_t layer, const LayerWidths& widths) const {
    return sensitivity_.weights[layer][static_cast<std::size_t>(widths.weight_bits)] +
           sensitivity_.inputs[layer][static_cast<std::size_t>(widths.input_bits)];
  }

  // ---- one bound ----

  QuantizedNetwork reach(std::size_t index) {
    QuantizedNetwork network;
    network.bound = options_.bounds[index];
    network.path = output_of(network.bound);
    if (network.bound.kind == Bound::Kind::none) {
      network.widths = uniform(network.bound.uniform);
    } else {
      tell(network.bound.name + ": search", 0);
      const bool fraction = network.bound.kind == Bound::Kind::fraction;
      const SearchResult found = search_->at_most(network.bound.most * (fraction ? whole_price_ : 1));
      network.widths = found.widths;
      network.gap = found.gap;
    }
    if (test_) {
      tell(network.bound.name + ": without training", 0);
      network.post_training_accuracy =
          integer_accuracy(rounded_->model_at(network.widths), *test_, options_.threads);
    }
    const bool written = static_cast<int>(index) < checkpoint_.finished_bounds;
    const Model model = written ? load_model(network.path) : train_widths(index, network);
    report(model, network);
    if (!written) {
      if (network.accuracy < options_.least_accuracy) {
        fail(ErrorCode::usage,
             "{}: {:.2f} % of the test pictures are right, less than the {:.2f} % asked for; "
             "nothing is written. Ask for more epochs or a looser bound",
             network.bound.name, 100 * network.accuracy, 100 * options_.least_accuracy);
      }
      save_model(model, network.path);
      checkpoint_.finished_bounds = static_cast<int>(index) + 1;
      checkpoint_.stage = 0;
      checkpoint_.training.clear();
      keep();
    }
    return network;
  }

  struct Stage {
    std::string name;
    NetworkWidths widths;
    int epochs;
  };

  /// Activations become narrow first: their error is what weights of many bits can still make up for.
  std::vector<Stage> stages(const NetworkWidths& widths) const {
    const int first = options_.epochs >= 4 ? options_.epochs / 4 : 0;
    NetworkWidths wide = widths;
    for (LayerWidths& layer : wide) layer.weight_bits = std::max(layer.weight_bits, edge_bits);
    if (first == 0 || wide == widths) return {{"training", widths, options_.epochs}};
    return {{"narrow activations", wide, first}, {"narrow weights", widths, options_.epochs - first}};
  }

  Model train_widths(std::size_t index, const QuantizedNetwork& network) {
    if (checkpoint_.start.empty()) checkpoint_.start = model_.weights;
    const std::vector<Stage> all = stages(network.widths);
    for (std::size_t i = static_cast<std::size_t>(checkpoint_.stage);; ++i) {
      const Stage& stage = all.at(i);
      const RealModel start{model_.graph, checkpoint_.start};
      const PostTraining rounded(start, first_pictures(training_, calibration_pictures).values,
                                 options_.limits);
      const QuantisableGraph graph = rounded.graph_at(stage.widths);
      TrainableNetwork student(graph.graph, rounded.weights_for(graph));
      student.quantise();
      train_stage(student, stage, network.bound.name + ": " + stage.name, options_.seed + 100 * index + i);
      checkpoint_.start = trained_weights(student, graph);
      checkpoint_.stage = static_cast<int>(i) + 1;
      checkpoint_.training.clear();
      if (i + 1 == all.size()) {
        Model model = student.export_model();
        check_export(student, model, first_pictures(training_, checked_pictures).values);
        return model;
      }
      keep();
    }
  }

  void train_stage(TrainableNetwork& student, const Stage& stage, const std::string& name,
                   std::uint64_t seed) {
    TrainingPlan plan;
    plan.epochs = stage.epochs;
    plan.learning_rate = options_.learning_rate;
    plan.exponent_rate = options_.exponent_rate;
    plan.largest_shift = options_.largest_shift;
    plan.mirrors = options_.mirrors;
    plan.weight_decay = 0;
    plan.seed = seed;
    const RealModel& of_teacher = options_.teacher ? *options_.teacher : model_;
    TrainableNetwork teacher(of_teacher.graph, of_teacher.weights);
    Trainer trainer(student, training_, plan, &teacher);
    if (!checkpoint_.training.empty()) trainer.restore(checkpoint_.training);
    TrainingHooks hooks;
    hooks.batch = [&](const BatchReport& batch) {
      tell(name, static_cast<double>(batch.step) / static_cast<double>(batch.steps), batch.loss,
           batch.accuracy);
      return true;
    };
    hooks.state = [&](const std::string& state) {
      checkpoint_.training = state;
      keep();
    };
    trainer.run(hooks);
  }

  /// By node of the real graph.
  AllRealWeights trained_weights(const TrainableNetwork& student, const QuantisableGraph& graph) const {
    const AllRealWeights weights = student.real_weights();
    AllRealWeights result(model_.graph.nodes.size());
    for (NodeId id = 0; id < weights.size(); ++id) {
      if (weights[id]) result[graph.source[id]] = weights[id];
    }
    return result;
  }

  void keep() {
    checkpoint_.purpose = purpose();
    save_checkpoint(checkpoint_, checkpoint_path());
  }

  void report(const Model& model, QuantizedNetwork& network) {
    if (test_) {
      tell(network.bound.name + ": test", 0);
      network.accuracy = integer_accuracy(model, *test_, options_.threads);
    }
    std::vector<double> rises(layers_.size());
    for (std::size_t layer = 1; search_ && layer + 1 < layers_.size(); ++layer)
      rises[layer] = rise(layer, network.widths[layer]);
    network.layers = layer_table(model.graph, network.widths, rises, price_options(PriceUnit::bytes));
    network.bytes = static_cast<std::uint64_t>(price_of(model.graph, price_options(PriceUnit::bytes)));
    const auto seconds_on = [&](const char* link) {
      PriceOptions price = price_options(PriceUnit::seconds);
      price.link = parse_link_shape(link);
      return price_of(model.graph, price);
    };
    network.lan_seconds = seconds_on("lan");
    network.wan_seconds = seconds_on("wan");
  }

  const RealModel& model_;
  const QuantizeOptions& options_;
  const QuantizeHooks& hooks_;
  std::vector<NodeId> layers_;
  TrainingSet training_;
  std::unique_ptr<Dataset> test_;
  std::optional<PostTraining> rounded_;
  Sensitivity sensitivity_;
  std::optional<WidthSearch> search_;
  double whole_price_ = 0;
  Checkpoint checkpoint_;
};

void check_options(const QuantizeOptions& options) {
  if (options.bounds.empty()) fail(ErrorCode::usage, "nothing says what the network may cost; give a budget");
  for (const Bound& bound : options.bounds) {
    if (bound.kind != options.bounds[0].kind)
      fail(ErrorCode::usage, "budgets of different kinds cannot be reached in one run; give one kind");
  }
  // Now rather than after an hour of training.
  const std::filesystem::path folder = std::filesystem::absolute(options.output).parent_path();
  if (!std::filesystem::is_directory(folder))
    fail(ErrorCode::file, "there is no folder {} for the model; make it first", folder.string());
}

}  // namespace

QuantizeResult quantize(const RealModel& model, const QuantizeOptions& options, const QuantizeHooks& hooks) {
  check_options(options);
  return Quantisation(model, options, hooks).run();
}

}  // namespace privquant
