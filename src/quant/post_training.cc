#include "quant/post_training.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bounds.h"
#include "nn/integer_bias.h"
#include "quant/accumulator_limits.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/mean_change.h"
#include "quant/training_set.h"
#include "quant/value_sample.h"
#include "search/network_price.h"

namespace privquant {
namespace {

constexpr std::int64_t most_samples = 1 << 20;  // of an activation; more change no exponent

/// What the pictures make of a network, by node.
struct Results {
  std::vector<ValueSample> samples;
  std::vector<torch::Tensor> means;  ///< over the pictures; undefined where no layer reads them
};

/// From as many pictures at a time as memory should hold.
Results measure_results(const RealModel& model, const torch::Tensor& pictures) {
  const std::int64_t count = pictures.size(0);
  Results results;
  results.samples.reserve(model.graph.nodes.size());
  for (const Node& node : model.graph.nodes)
    results.samples.emplace_back(count * static_cast<std::int64_t>(node.shape.elements()), most_samples);
  results.means.resize(model.graph.nodes.size());
  for (const NodeId layer : weighted_nodes(model.graph)) {
    const NodeId input = model.graph.nodes[layer].inputs[0];
    const Shape& shape = model.graph.nodes[input].shape;
    results.means[input] = torch::zeros({shape.channels, shape.height, shape.width});
  }
  TrainableNetwork network(model.graph, model.weights);
  const std::int64_t most = pictures_at_once(model.graph);
  for (std::int64_t first = 0; first < count; first += most) {
    network.forward(pictures.narrow(0, first, std::min(most, count - first)),
                    [&](NodeId id, const torch::Tensor& result) {
                      results.samples[id].add(result);
                      torch::Tensor& mean = results.means[id];
                      if (mean.defined())
                        mean += result.sum(0).view(mean.sizes()) / static_cast<double>(count);
                    });
  }
  return results;
}

/// Of each weight.
std::vector<float> changes(const std::vector<std::int16_t>& integers, int exponent,
                           const std::vector<float>& weights) {
  std::vector<float> result;
  result.reserve(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    result.push_back(static_cast<float>(std::ldexp(integers[i], exponent) - weights[i]));
  return result;
}

std::vector<float> difference(std::vector<float> values, const std::vector<float>& from_each) {
  PQ_CHECK(values.size() == from_each.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= from_each[i];
  return values;
}

/// The picture's real values as 8-bit integers.
TensorType choose_input_type(const torch::Tensor& pictures) {
  ValueSample sample(pictures.numel(), most_samples);
  sample.add(pictures);
  const bool is_signed = pictures.min().item<float>() < 0;
  return {8, is_signed, choose_exponent(sample.values(), 8, is_signed)};
}

std::vector<std::int16_t> integers_of(const torch::Tensor& weights, const TensorType& type) {
  const torch::Tensor rounded = fake_quantise_weights(weights, type) * std::ldexp(1.0F, -type.exponent);
  const torch::Tensor integers = rounded.contiguous().flatten().to(torch::kInt16);
  return {integers.data_ptr<std::int16_t>(), integers.data_ptr<std::int16_t>() + integers.numel()};
}

/// Divides by 2^cut each output's sum of positive weights, and that of negative ones, to the unit: what is left of a
/// division goes to the next weight of that sign.
void shrink(LayerWeights& layer, int cut) {
  if (cut == 0) return;
  const int divisor = 1 << cut;
  const std::size_t inputs = layer.weights.size() / layer.bias.size();
  for (std::size_t first = 0; first < layer.weights.size(); first += inputs) {
    int left_of_positive = 0;
    int left_of_negative = 0;
    for (std::size_t i = first; i < first + inputs; ++i) {
      int& left = layer.weights[i] > 0 ? left_of_positive : left_of_negative;
      left += layer.weights[i];
      const int part = left / divisor;
      left -= part * divisor;
      layer.weights[i] = static_cast<std::int16_t>(part);
    }
  }
}

/// Integers for the real weights and this bias that keep the limit.
void limit_layer(const Node& layer, const AccumulatorLimit& limit, const std::vector<float>& real_weights,
                 const std::vector<float>& real_bias, LayerWeights& result) {
  const TensorType& type = *weight_type(layer);
  const auto outputs = static_cast<std::int64_t>(real_bias.size());
  const int exponent = layer.type.exponent;
  const torch::Tensor bias =
      limit_bias(fake_quantise_bias(torch::tensor(real_bias), exponent), exponent, limit);
  const torch::Tensor integers = bias.to(torch::kFloat64) * std::ldexp(1.0, -exponent);
  const torch::Tensor weights = torch::tensor(real_weights).view({outputs, -1});
  result.weights = integers_of(limit_weights(weights, type, integers, limit), type);
  result.bias = integer_bias(layer, {bias.data_ptr<float>(), bias.data_ptr<float>() + outputs});
}

/// By node: layers that are cut, and those whose results Adds join with that of a cut one.
std::vector<bool> limited_by_cuts(const Graph& graph, const NetworkWidths& widths) {
  std::vector<bool> limited(graph.nodes.size());
  const std::vector<NodeId> layers = weighted_nodes(graph);
  for (std::size_t layer = 0; layer < layers.size(); ++layer)
    limited[layers[layer]] = widths.at(layer).accumulator_cut > 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    if (!std::holds_alternative<Add>(node.op) || !(limited[node.inputs[0]] || limited[node.inputs[1]]))
      continue;
    limited[id] = limited[node.inputs[0]] = limited[node.inputs[1]] = true;
  }
  return limited;
}

}  // namespace

PostTraining::PostTraining(const RealModel& model, const torch::Tensor& pictures, const WidthLimits& limits)
    : model_(model),
      limits_(limits),
      input_type_(choose_input_type(pictures)),
      layers_(weighted_nodes(model.graph)),
      unsigned_(model.graph.nodes.size()),
      signed_(model.graph.nodes.size()) {
  const torch::NoGradGuard no_gradient;
  const Results results = measure_results(model_, pictures);
  for (const NodeId layer : layers_) {
    const std::vector<float>& values = model_.weights[layer]->weights;
    const torch::Tensor weights = torch::tensor(values);
    const torch::Tensor& mean_input =
        mean_inputs_.emplace_back(results.means[model_.graph.nodes[layer].inputs[0]]);
    Roundings& roundings = weights_.emplace_back(rounding_widths);
    for (int bits = limits.least_weight_bits; bits <= std::max(8, limits.most_weight_bits); ++bits) {
      const TensorType type{bits, true, choose_exponent(weights, bits, true)};
      Rounding& rounding = roundings[static_cast<std::size_t>(bits)];
      rounding = {type.exponent, quantisation_error(weights, type), integers_of(weights, type), {}, true};
      rounding.shift =
          mean_change(model_.graph, layer, mean_input, changes(rounding.integers, type.exponent, values));
    }
  }
  const int narrowest = std::min({8, limits.least_input_bits, limits.residual_bits});
  const int widest = std::max({8, limits.most_input_bits, limits.residual_bits});
  for (NodeId id = 0; id < results.samples.size(); ++id) {
    const torch::Tensor& values = results.samples[id].values();
    for (const bool is_signed : {false, true}) {
      const torch::Tensor kept = is_signed ? values : values.clamp_min(0);
      Roundings& roundings = (is_signed ? signed_ : unsigned_)[id];
      roundings.resize(rounding_widths);
      for (int bits = narrowest; bits <= widest; ++bits)
        roundings[static_cast<std::size_t>(bits)] = {choose_exponent(kept, bits, is_signed), 0, {}, {}, true};
    }
  }
}

const PostTraining::Rounding& PostTraining::at(const Roundings& roundings, int bits) const {
  PQ_CHECK(bits >= 1 && static_cast<std::size_t>(bits) < roundings.size());
  const Rounding& result = roundings[static_cast<std::size_t>(bits)];
  PQ_CHECK(result.measured);
  return result;
}

int PostTraining::activation_exponent(NodeId real, int bits, bool is_signed) const {
  return at((is_signed ? signed_ : unsigned_).at(real), bits).exponent;
}

std::vector<float> PostTraining::corrected_bias(std::size_t layer, int bits) const {
  return difference(model_.weights[layers_.at(layer)]->bias, at(weights_.at(layer), bits).shift);
}

AllRealWeights PostTraining::corrected_weights(const NetworkWidths& widths) const {
  AllRealWeights result = model_.weights;
  for (std::size_t layer = 0; layer < layers_.size(); ++layer)
    result[layers_[layer]]->bias = corrected_bias(layer, widths.at(layer).weight_bits);
  return result;
}

QuantisableGraph PostTraining::graph_at(const NetworkWidths& widths) const {
  QuantisableGraph result = quantisable_graph(model_.graph, widths, limits_.residual_bits, input_type_);
  set_exponents(result.graph, [&](NodeId id) {
    const Node& node = result.graph.nodes[id];
    const NodeId source = result.source[id];
    if (const TensorType* type = weight_type(node)) {
      const auto layer = std::find(layers_.begin(), layers_.end(), source) - layers_.begin();
      return weight_exponent(static_cast<std::size_t>(layer), type->bits);
    }
    return activation_exponent(source, node.type.bits, node.type.is_signed);
  });
  return result;
}

Model PostTraining::priced_at(const NetworkWidths& widths) const {
  const QuantisableGraph quantisable = graph_at(widths);
  Model model{quantisable.graph, std::vector<std::optional<LayerWeights>>(quantisable.graph.nodes.size())};
  std::size_t layer = 0;
  for (NodeId id = 0; id < model.weights.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    const TensorType* type = weight_type(node);
    if (!type) continue;
    model.weights[id] = LayerWeights{at(weights_[layer], type->bits).integers,
                                     integer_bias(node, corrected_bias(layer, type->bits))};
    shrink(*model.weights[id], widths[layer].accumulator_cut);
    ++layer;
  }
  set_accumulator_widths(model);
  return model;
}

Model PostTraining::model_at(const NetworkWidths& widths) const {
  Model model = priced_at(widths);
  const bool cuts = std::any_of(widths.begin(), widths.end(),
                                [](const LayerWidths& layer) { return layer.accumulator_cut > 0; });
  if (!cuts) return model;
  const torch::NoGradGuard no_gradient;
  const auto limits = accumulator_limits(model.graph, real_reach(model));
  const std::vector<bool> limited = limited_by_cuts(model.graph, widths);
  std::size_t layer = 0;
  for (NodeId id = 0; id < model.weights.size(); ++id) {
    if (!model.weights[id]) continue;
    const Node& node = model.graph.nodes[id];
    if (limited[id]) {
      const RealWeights& real = *model_.weights[layers_[layer]];
      const TensorType& type = *weight_type(node);
      LayerWeights& result = *model.weights[id];
      limit_layer(node, *limits[id], real.weights, corrected_bias(layer, type.bits), result);
      // Weights that moved shift results further than rounding does. A bias that takes this back needs room.
      const std::vector<float> shift = mean_change(model_.graph, layers_[layer], mean_inputs_[layer],
                                                   changes(result.weights, type.exponent, real.weights));
      limit_layer(node, *limits[id], real.weights, difference(real.bias, shift), result);
    }
    ++layer;
  }
  set_accumulator_widths(model);
  return model;
}

}  // namespace privquant
