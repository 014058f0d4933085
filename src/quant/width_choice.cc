#include "quant/width_choice.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "quant/exponents.h"

namespace privquant {
namespace {

constexpr int edge_bits = 8;              // of the first and the last layer
constexpr double negligible_part = 1e-5;  // of the price: differences that sampling may take for none

PriceUnit unit_of(Bound::Kind kind) {
  switch (kind) {
    case Bound::Kind::fraction:
      return PriceUnit::linear_bytes;
    case Bound::Kind::seconds:
      return PriceUnit::seconds;
    case Bound::Kind::bytes:
    case Bound::Kind::none:
      break;
  }
  return PriceUnit::bytes;
}

}  // namespace

WidthChoice::WidthChoice(const PostTraining& rounded, const TrainingSet& pictures,
                         const QuantizeOptions& options,
                         std::function<void(const std::string&, double)> progress)
    : rounded_(rounded),
      progress_(std::move(progress)),
      left_of_weights_(options.epochs > 0 ? 1 - options.recovery : 1) {
  price_.unit = unit_of(options.bounds[0].kind);
  price_.calibration = options.calibration;
  price_.link = options.link;
  price_.plan.extension = options.extension;
  const bool searches = std::any_of(options.bounds.begin(), options.bounds.end(),
                                    [](const Bound& bound) { return bound.kind != Bound::Kind::none; });
  if (!searches) return;
  sensitivity_ = measure_sensitivity(rounded, pictures, options.curvature, options.seed,
                                     [&](double fraction) { progress_("sensitivity", fraction); });
  for (std::size_t layer = 0; layer < rounded.layers().size(); ++layer) {
    problem_.candidates.push_back(candidates(layer));
    std::vector<double>& rises = problem_.sensitivity.emplace_back();
    rises.reserve(problem_.candidates.back().size());
    for (const LayerWidths& widths : problem_.candidates.back()) {
      progress_("candidates", static_cast<double>(layer) / static_cast<double>(rounded.layers().size()));
      rises.push_back(rise(layer, widths));
    }
  }
  const NetworkWidths wide = uniform({edge_bits, edge_bits});
  problem_.neighbours = neighbours_of(rounded.graph_at(wide).graph);
  problem_.price =
      network_price([&rounded](const NetworkWidths& widths) { return rounded.priced_at(widths); }, price_);
  problem_.price_text = [unit = price_.unit](double price) { return price_text(unit, price); };
  whole_price_ = problem_.price(wide);
  problem_.negligible = negligible_part * whole_price_;
  problem_.most = whole_price_;
  problem_.threads = options.threads;
  problem_.poll = [this] { progress_(stage_, 0); };
  if (options.search == SearchMethod::program) program_.emplace(problem_);
}

ChosenWidths WidthChoice::widths_at(const Bound& bound) {
  if (bound.kind == Bound::Kind::none) return {uniform(bound.uniform), std::nullopt};
  stage_ = bound.name + ": search";
  problem_.most = most_of(bound);
  try {
    const SearchResult found = program_ ? program_->at_most(problem_.most) : search_by_order(problem_);
    return {found.widths, found.gap};
  } catch (const Error& error) {  // which of several
    throw Error(error.code(), bound.name + ": " + error.what());
  }
}

void WidthChoice::check(const Model& model, const Bound& bound) const {
  if (bound.kind == Bound::Kind::none) return;
  const double price = price_of(model.graph, price_);
  if (price <= most_of(bound)) return;
  fail(ErrorCode::usage,
       "{}: sums behind the layers became wider than the search assumed, so that the network takes {} "
       "instead of at most {}; nothing is written. Ask for a bound that is tighter by as much",
       bound.name, price_text(price_.unit, price), price_text(price_.unit, most_of(bound)));
}

std::vector<std::optional<double>> WidthChoice::rises(const NetworkWidths& widths) const {
  std::vector<std::optional<double>> result(widths.size());
  const bool measured = !problem_.candidates.empty();
  for (std::size_t layer = 0; measured && layer < widths.size(); ++layer) {
    if (!is_edge(layer)) result[layer] = rise(layer, widths[layer]);
  }
  return result;
}

NetworkWidths WidthChoice::uniform(const LayerWidths& inner) const {
  NetworkWidths widths(rounded_.layers().size(), inner);
  widths.front() = widths.back() = {edge_bits, edge_bits};
  return widths;
}

bool WidthChoice::reads_picture(std::size_t layer) const {
  return rounded_.model().graph.nodes[rounded_.layers()[layer]].inputs[0] == 0;
}

std::vector<LayerWidths> WidthChoice::candidates(std::size_t layer) const {
  if (is_edge(layer)) return {{edge_bits, edge_bits}};
  const WidthLimits& limits = rounded_.limits();
  std::vector<LayerWidths> result;
  for (int w = limits.least_weight_bits; w <= limits.most_weight_bits; ++w) {
    const bool fixed = reads_picture(layer);
    const int least = fixed ? edge_bits : limits.least_input_bits;
    const int most = fixed ? edge_bits : limits.most_input_bits;
    for (int x = least; x <= most; ++x) {
      for (int cut = 0; cut <= limits.most_accumulator_cut; ++cut) result.push_back({w, x, cut});
    }
  }
  return result;
}

double WidthChoice::rise(std::size_t layer, const LayerWidths& widths) const {
  if (is_edge(layer)) return 0;
  const double of_weights =
      left_of_weights_ * (widths.accumulator_cut > 0
                              ? rise_of_cut(layer, widths)
                              : sensitivity_.weights[layer][static_cast<std::size_t>(widths.weight_bits)]);
  if (reads_picture(layer)) return of_weights;
  return of_weights + sensitivity_.inputs[layer][static_cast<std::size_t>(widths.input_bits)];
}

double WidthChoice::rise_of_cut(std::size_t layer, const LayerWidths& widths) const {
  const auto key = std::tuple(layer, widths.weight_bits, widths.input_bits, widths.accumulator_cut);
  const auto known = rises_of_cuts_.find(key);
  if (known != rises_of_cuts_.end()) return known->second;
  NetworkWidths all = uniform({edge_bits, edge_bits});
  all[layer] = widths;
  const Model model = rounded_.model_at(all);
  const NodeId node = weighted_nodes(model.graph)[layer];
  const double unit = std::ldexp(1.0, weight_type(model.graph.nodes[node])->exponent);
  std::vector<float> moved;
  moved.reserve(model.weights[node]->weights.size());
  for (const std::int16_t weight : model.weights[node]->weights)
    moved.push_back(static_cast<float>(weight * unit));
  const std::vector<float>& real = rounded_.model().weights[rounded_.layers()[layer]]->weights;
  const double rise = rise_of(sensitivity_.curvature[layer], torch::tensor(real), torch::tensor(moved));
  return rises_of_cuts_.emplace(key, rise).first->second;
}

double WidthChoice::most_of(const Bound& bound) const {
  return bound.kind == Bound::Kind::fraction ? bound.most * whole_price_ : bound.most;
}

}  // namespace privquant
