#include "quant/quantize.h"

#include <fmt/format.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/bytes.h"
#include "base/error.h"
#include "data/picture.h"
#include "nn/files.h"
#include "nn/model_file.h"
#include "quant/check_export.h"
#include "quant/checkpoint.h"
#include "quant/equalise.h"
#include "quant/fine_input.h"
#include "quant/integer_accuracy.h"
#include "quant/train.h"
#include "quant/width_choice.h"
#include "search/network_price.h"

namespace privquant {
namespace {

constexpr std::int64_t checked_pictures = 64;
constexpr std::size_t shown_pictures = 16;  // for histograms of activations
constexpr int wide_bits = 8;                // of weights while activations become narrow
constexpr double wide_stage_share =
    0.3;  // of the learning rate: these weights lose little, and have little to move for
class Interrupted {};

class Quantisation {
 public:
  Quantisation(const RealModel& model, const QuantizeOptions& options, const QuantizeHooks& hooks)
      : model_(model), options_(options), hooks_(hooks) {
    at::set_num_threads(static_cast<int>(options.threads));
    torch::manual_seed(options.seed);
    const Graph graph = with_fine_input(model.graph);
    const int channels = graph.input().shape.channels;
    const std::unique_ptr<Dataset> pictures =
        open_dataset(options.training_pictures, DatasetPart::training, channels);
    training_ = load_training_set(*pictures, graph, options.epochs == 0 ? calibration_pictures : 0);
    shown_ = spread_pictures(*pictures, shown_pictures);
    if (!options.test_pictures.empty())
      test_ = open_dataset(options.test_pictures, DatasetPart::test, channels);
    if (options.resume) resume();
  }

  QuantizeResult run() {
    QuantizeResult result;
    try {
      work(result);
    } catch (const Interrupted&) {
      result.interrupted = true;
      result.resumable = has_checkpoint_;
    } catch (const Error&) {
      if (!result.networks.empty()) finish(result);
      throw;
    }
    finish(result);
    std::error_code ignored;
    if (!result.interrupted) std::filesystem::remove(checkpoint_path(options_.output), ignored);
    return result;
  }

 private:
  void work(QuantizeResult& result) {
    if (test_) {
      tell("test in real numbers", 0);
      TrainableNetwork real(model_.graph, model_.weights);
      result.real_accuracy = accuracy(real, *test_, with_fine_input(model_.graph));
      result.test_pictures = test_->size();
    }
    tell("calibration", 0);
    const torch::Tensor pictures = spread_pictures(training_, calibration_pictures).values;
    rounded_.emplace(equalise(model_, pictures), pictures, options_.limits);
    choice_.emplace(*rounded_, spread_pictures(training_, sensitivity_pictures), options_,
                    [&](const std::string& stage, double fraction) { tell(stage, fraction); });
    // All of them now, rather than that the last one turns out to be too tight after hours of training.
    std::vector<ChosenWidths> chosen;
    for (const Bound& bound : options_.bounds) chosen.push_back(choice_->widths_at(bound));
    for (std::size_t i = 0; i < options_.bounds.size(); ++i) result.networks.push_back(reach(i, chosen[i]));
  }

  void finish(const QuantizeResult& result) const {
    if (hooks_.finished) hooks_.finished(result);
  }

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
    const WidthLimits& limits = options_.limits;
    std::string text = fmt::format(
        "quantize 6 {} {} {} {} {} {} {} {} weights {}..{} inputs {}..{} residual {} cut {} curvature {} "
        "search {} pictures {}",
        options_.epochs, options_.recovery, options_.learning_rate, options_.exponent_rate, options_.seed,
        options_.threads, options_.largest_shift, options_.mirrors, limits.least_weight_bits,
        limits.most_weight_bits, limits.least_input_bits, limits.most_input_bits, limits.residual_bits,
        limits.most_accumulator_cut, static_cast<int>(options_.curvature), static_cast<int>(options_.search),
        training_.labels.size(0));
    if (limits.most_accumulator_cut > 0) text += " cuts 2";
    for (const Bound& bound : options_.bounds)
      text += fmt::format(" {} {}", static_cast<int>(bound.kind), bound.name);
    if (options_.extension != OtExtension::iknp) text += fmt::format(" {}", name_of(options_.extension));
    if (options_.link) {
      text += fmt::format(" {} {}", options_.link->bits_per_second, options_.link->one_way_delay_seconds);
      for (std::size_t kind = 0; kind < work_kinds; ++kind)
        text += fmt::format(" {}", options_.calibration[static_cast<WorkKind>(kind)]);
    }
    text += fmt::format(" {}", options_.training_pictures.string());
    text += fmt::format(" {}", fingerprint(model_));
    if (options_.teacher) text += fmt::format(" {}", fingerprint(*options_.teacher));
    return text;
  }

  void resume() {
    checkpoint_ = checkpoint_for(purpose(), checkpoint_path(options_.output));
    has_checkpoint_ = !checkpoint_.purpose.empty();
    if (!checkpoint_.start.empty()) validate(RealModel{model_.graph, checkpoint_.start});
  }

  QuantizedNetwork reach(std::size_t index, const ChosenWidths& chosen) {
    QuantizedNetwork network;
    network.bound = options_.bounds[index];
    network.path = output_of(network.bound);
    network.widths = chosen.widths;
    network.gap = chosen.gap;
    const Model rounded = rounded_->model_at(network.widths);
    network.post_training_accuracy = measure(rounded, network.bound.name + ": without training");
    const bool trains = options_.epochs > 0;
    const bool written = static_cast<int>(index) < checkpoint_.finished_bounds;
    // Without training there is no graph of training that the integers could differ from.
    const Model model = written ? load_model(network.path) : trains ? train_widths(index, network) : rounded;
    network.accuracy =
        trains ? measure(model, network.bound.name + ": test") : network.post_training_accuracy;
    report(model, network);
    if (!written) {
      choice_->check(model, network.bound);
      if (network.accuracy && *network.accuracy < options_.least_accuracy) {
        fail(ErrorCode::usage,
             "{}: {:.2f} % of the test pictures are right, less than the {:.2f} % asked for; "
             "nothing is written. Ask for more epochs or a looser bound",
             network.bound.name, 100 * *network.accuracy, 100 * options_.least_accuracy);
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
    std::vector<double> layer_rates;
  };

  /// Activations become narrow first: their error is what weights of many bits can still make up for.
  std::vector<Stage> stages(const NetworkWidths& widths) const {
    const int first = options_.epochs >= 4 ? options_.epochs / 4 : 0;
    NetworkWidths wide = widths;
    for (LayerWidths& layer : wide) layer = {std::max(layer.weight_bits, wide_bits), layer.input_bits, 0};
    // What a weight has to move by to change its integer differs between layers, and so do their rates.
    std::vector<double> steps;
    for (std::size_t layer = 0; layer < widths.size(); ++layer)
      steps.push_back(std::ldexp(1.0, rounded_->weight_exponent(layer, widths[layer].weight_bits)));
    if (first == 0 || wide == widths) return {{"training", widths, options_.epochs, steps}};
    std::vector<double> gentle = steps;
    for (double& step : gentle) step *= wide_stage_share;
    return {{"narrow activations", wide, first, gentle},
            {"narrow weights", widths, options_.epochs - first, steps}};
  }

  Model train_widths(std::size_t index, const QuantizedNetwork& network) {
    const std::vector<Stage> all = stages(network.widths);
    if (checkpoint_.start.empty()) checkpoint_.start = rounded_->corrected_weights(all[0].widths);
    for (std::size_t i = static_cast<std::size_t>(checkpoint_.stage);; ++i) {
      const Stage& stage = all.at(i);
      const bool last = i + 1 == all.size();
      const QuantisableGraph graph = rounded_->graph_at(stage.widths);
      // The last stage has the accumulators that were paid for, and stays within them.
      const Model paid_for = rounded_->priced_at(stage.widths);
      TrainableNetwork student(paid_for.graph, weights_of(checkpoint_.start, graph));
      student.quantise();
      if (last) student.keep_accumulators(real_reach(paid_for));
      train_stage(student, stage, network.bound.name + ": " + stage.name, options_.seed + 100 * index + i);
      checkpoint_.start = trained_weights(student, graph);
      checkpoint_.stage = static_cast<int>(i) + 1;
      checkpoint_.training.clear();
      if (last) {
        Model model = student.export_model();
        check_export(student, model, spread_pictures(training_, checked_pictures).values);
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
    plan.layer_rates = stage.layer_rates;
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
    save_checkpoint(checkpoint_, checkpoint_path(options_.output));
    has_checkpoint_ = true;
  }

  /// Of the test pictures, 0..1; none if there are none.
  std::optional<double> measure(const Model& model, const std::string& stage) const {
    if (!test_) return std::nullopt;
    tell(stage, 0);
    return integer_accuracy(model, *test_, options_.threads);
  }

  void report(const Model& model, QuantizedNetwork& network) const {
    PriceOptions price;
    price.calibration = options_.calibration;
    price.plan.extension = options_.extension;
    network.layers = layer_table(model.graph, network.widths, choice_->rises(network.widths), price);
    network.histograms = measure_histograms(model, shown_);
    network.bytes = static_cast<std::uint64_t>(price_of(model.graph, price));
    NetworkWidths uncut = network.widths;
    for (LayerWidths& layer : uncut) layer.accumulator_cut = 0;
    network.bytes_saved =
        static_cast<std::int64_t>(price_of(rounded_->priced_at(uncut).graph, price) -
                                  price_of(rounded_->priced_at(network.widths).graph, price));
    const auto seconds_on = [&](const char* link) {
      price.unit = PriceUnit::seconds;
      price.link = parse_link_shape(link);
      return price_of(model.graph, price);
    };
    network.lan_seconds = seconds_on("lan");
    network.wan_seconds = seconds_on("wan");
  }

  const RealModel& model_;
  const QuantizeOptions& options_;
  const QuantizeHooks& hooks_;
  TrainingSet training_;
  std::vector<LabelledPicture> shown_;
  std::unique_ptr<Dataset> test_;
  std::optional<PostTraining> rounded_;
  std::optional<WidthChoice> choice_;
  Checkpoint checkpoint_;
  bool has_checkpoint_ = false;  ///< of this work
};

void check_teacher(const RealModel& model, const RealModel& teacher) {
  if (teacher.graph.input().shape == model.graph.input().shape &&
      teacher.graph.output().shape.elements() == model.graph.output().shape.elements() &&
      teacher.graph.preprocessing == model.graph.preprocessing) {
    return;
  }
  fail(ErrorCode::usage,
       "the teacher {} takes other pictures, or prepares them otherwise, or knows other classes; choose one "
       "that agrees "
       "in these",
       teacher.graph.name);
}

/// That what has no quantised form is named now, not after calibration. Whether pictures have negative values is
/// not known yet: a network that suits either passes.
void check_forms(const Graph& graph, int residual_bits) {
  const NetworkWidths widths(weighted_nodes(graph).size());
  const auto attempt = [&](bool is_signed) {
    return quantisable_graph(graph, widths, residual_bits, {wide_bits, is_signed, 0});
  };
  try {
    attempt(false);
  } catch (const Error&) {
    attempt(true);
  }
}

void check_options(const RealModel& model, const QuantizeOptions& options) {
  if (weighted_nodes(model.graph).empty())
    fail(ErrorCode::model, "{} has no layer with weights, so there is nothing to quantise", model.graph.name);
  check_forms(model.graph, options.limits.residual_bits);
  if (options.teacher) check_teacher(model, *options.teacher);
  if (options.bounds.empty()) fail(ErrorCode::usage, "nothing says what the network may cost; give a budget");
  std::set<std::string> names;
  for (const Bound& bound : options.bounds) {
    if (bound.kind != options.bounds[0].kind)
      fail(ErrorCode::usage, "budgets of different kinds cannot be reached in one run; give one kind");
    if (!names.insert(bound.name).second)
      fail(ErrorCode::usage, "the budget {} is given twice, and each has a file of its own; give it once",
           bound.name);
  }
  // Now rather than after an hour of training.
  expect_writable(options.output);
}

}  // namespace

QuantizeResult quantize(const RealModel& model, const QuantizeOptions& options, const QuantizeHooks& hooks) {
  check_options(model, options);
  return Quantisation(model, options, hooks).run();
}

}  // namespace privquant
