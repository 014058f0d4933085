#include "quant/equalise.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

#include "quant/channel_classes.h"
#include "quant/fill_clips.h"
#include "quant/trainable_network.h"
#include "quant/training_set.h"

namespace privquant {
namespace {

constexpr int most_sweeps = 60;
constexpr double settled = 1.01;     // a sweep that changes no factor by more is the last
constexpr double most_factor = 1e6;  // where nothing else limits it
constexpr double acting = 0.999;     // a value that is so much of a Clip's bound has probably met it

using ByClass = std::vector<double>;

/// What a class of channels is among all that have its tensors in common, each from 0 to 1.
struct Parts {
  ByClass rows;     ///< of the greatest weight in the layers that make it
  ByClass columns;  ///< in those that read it
};

/// A layer's weights without their places: |w| of each output and each input that it reads.
struct Layer {
  NodeId id;
  std::size_t outputs, inputs, groups;      ///< `inputs` that one output reads
  std::size_t taps;                         ///< weights for each of them
  const std::vector<std::size_t>* rows;     ///< class of each output
  const std::vector<std::size_t>* columns;  ///< class of each channel that it reads, `groups` · `inputs`
  std::vector<float> greatest;              ///< `outputs` · `inputs`

  std::size_t first_column(std::size_t row) const { return row / (outputs / groups) * inputs; }
};

std::vector<Layer> layers_of(const RealModel& model, const ChannelClasses& classes) {
  std::vector<Layer> layers;
  layers.reserve(model.graph.nodes.size());
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    if (!model.weights[id]) continue;
    const Node& node = model.graph.nodes[id];
    const auto* conv = std::get_if<Conv2d>(&node.op);
    const std::size_t groups = conv ? static_cast<std::size_t>(conv->groups) : 1;
    const std::vector<std::size_t>& rows = classes.of[id];
    const std::vector<std::size_t>& columns = classes.of[node.inputs[0]];
    const std::size_t inputs = columns.size() / groups;
    const std::vector<float>& weights = model.weights[id]->weights;
    const std::size_t pairs = rows.size() * inputs;
    Layer layer{id, rows.size(), inputs, groups, weights.size() / pairs, &rows, &columns, {}};
    layer.greatest.resize(pairs);
    for (std::size_t i = 0; i < weights.size(); ++i)
      layer.greatest[i / layer.taps] = std::max(layer.greatest[i / layer.taps], std::abs(weights[i]));
    layers.push_back(std::move(layer));
  }
  return layers;
}

/// Raises the parts of a layer's classes to what they are in it, with these factors.
void add_parts(const Layer& layer, const ByClass& factors, Parts& parts) {
  std::vector<double> rows(layer.rows->size());
  std::vector<double> columns(layer.columns->size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t first = layer.first_column(row);
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const double weight = layer.greatest[row * layer.inputs + i] * factors[(*layer.rows)[row]] /
                            factors[(*layer.columns)[first + i]];
      rows[row] = std::max(rows[row], weight);
      columns[first + i] = std::max(columns[first + i], weight);
    }
  }
  const double greatest = *std::max_element(rows.begin(), rows.end());
  if (greatest == 0) return;
  const auto raise = [&](ByClass& all, const std::vector<std::size_t>& classes,
                         const std::vector<double>& weights) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      all[classes[i]] = std::max(all[classes[i]], weights[i] / greatest);
  };
  raise(parts.rows, *layer.rows, rows);
  raise(parts.columns, *layer.columns, columns);
}

Parts parts_of(const std::vector<Layer>& layers, const ByClass& factors) {
  Parts parts{ByClass(factors.size()), ByClass(factors.size())};
  for (const Layer& layer : layers) add_parts(layer, factors, parts);
  return parts;
}

/// Rows of channels that no layer reads, and which are no output, are set to zero; then those that only they read.
void clear_unread_rows(RealModel& model, const ChannelClasses& classes) {
  for (bool again = true; again;) {
    again = false;
    const Parts parts = parts_of(layers_of(model, classes), ByClass(classes.pinned.size(), 1));
    for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
      if (!model.weights[id]) continue;
      RealWeights& layer = *model.weights[id];
      const auto inputs = static_cast<std::ptrdiff_t>(layer.weights.size() / layer.bias.size());
      for (std::size_t row = 0; row < layer.bias.size(); ++row) {
        const std::size_t channel = classes.of[id][row];
        if (classes.pinned[channel] || parts.columns[channel] > 0 || parts.rows[channel] == 0) continue;
        std::fill_n(layer.weights.begin() + static_cast<std::ptrdiff_t>(row) * inputs, inputs, 0.0F);
        layer.bias[row] = 0;
        again = true;
      }
    }
  }
}

/// By node, by channel: the greatest magnitude that the pictures lead to.
std::vector<std::vector<float>> greatest_results(const RealModel& model, const torch::Tensor& pictures) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> greatest(model.graph.nodes.size());
  TrainableNetwork network(model.graph, model.weights);
  const std::int64_t count = pictures.size(0);
  const std::int64_t most = pictures_at_once(model.graph);
  for (std::int64_t first = 0; first < count; first += most) {
    network.forward(
        pictures.narrow(0, first, std::min(most, count - first)),
        [&](NodeId id, const torch::Tensor& result) {
          const torch::Tensor found = result.view({result.size(0), result.size(1), -1}).abs().amax({0, 2});
          greatest[id] = greatest[id].defined() ? torch::maximum(greatest[id], found) : found;
        });
  }
  std::vector<std::vector<float>> result;
  result.reserve(greatest.size());
  for (const torch::Tensor& tensor : greatest) {
    const torch::Tensor dense = tensor.contiguous();
    result.emplace_back(dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel());
  }
  return result;
}

/// By class.
struct Limits {
  std::vector<bool> fixed;  ///< the factor is 1
  ByClass most;             ///< with greater factors a tensor's range would widen
};

Limits limits_of(const RealModel& model, const ChannelClasses& classes, const torch::Tensor& pictures) {
  const std::vector<std::vector<float>> greatest = greatest_results(model, pictures);
  Limits limits{classes.pinned, ByClass(classes.pinned.size(), most_factor)};
  for (NodeId id = 0; id < model.graph.nodes.size(); ++id) {
    const Node& node = model.graph.nodes[id];
    double range = *std::max_element(greatest[id].begin(), greatest[id].end());
    const auto* clip = std::get_if<Clip>(&node.op);
    if (clip) range = std::ldexp(static_cast<double>(clip->high), node.type.exponent);
    for (std::size_t c = 0; c < greatest[id].size(); ++c) {
      const std::size_t channel = classes.of[id][c];
      if (clip && greatest[id][c] >= acting * range) limits.fixed[channel] = true;
      if (greatest[id][c] > 0) limits.most[channel] = std::min(limits.most[channel], range / greatest[id][c]);
    }
  }
  return limits;
}

/// Rows' and columns' parts are equal then, nearly, but where limits forbid it.
ByClass balanced_factors(const std::vector<Layer>& layers, const Limits& limits) {
  ByClass factors(limits.most.size(), 1);
  double change = 2;
  for (int sweep = 0; sweep < most_sweeps && change > settled; ++sweep) {
    const Parts parts = parts_of(layers, factors);
    change = 1;
    for (std::size_t channel = 0; channel < factors.size(); ++channel) {
      const double row = parts.rows[channel];
      const double column = parts.columns[channel];
      if (limits.fixed[channel] || column == 0) continue;
      // All classes move at once, each against those before and behind it: half of what would balance it alone.
      // A constant channel's factor costs nothing.
      const double step = row == 0 ? most_factor : std::pow(column / row, 0.25);
      const double factor = std::min(factors[channel] * step, limits.most[channel]);
      change = std::max({change, factor / factors[channel], factors[channel] / factor});
      factors[channel] = factor;
    }
  }
  return factors;
}

void scale(RealModel& model, const std::vector<Layer>& layers, const ByClass& factors) {
  for (const Layer& layer : layers) {
    RealWeights& own = *model.weights[layer.id];
    const std::size_t weights = layer.inputs * layer.taps;
    for (std::size_t row = 0; row < layer.outputs; ++row) {
      const double of_row = factors[(*layer.rows)[row]];
      own.bias[row] = static_cast<float>(own.bias[row] * of_row);
      for (std::size_t i = 0; i < weights; ++i) {
        float& weight = own.weights[row * weights + i];
        const double of_column = factors[(*layer.columns)[layer.first_column(row) + i / layer.taps]];
        weight = static_cast<float>(weight * of_row / of_column);
      }
    }
  }
}

}  // namespace

RealModel equalise(RealModel model, const torch::Tensor& pictures) {
  model = fill_clips(std::move(model));
  const ChannelClasses classes = channel_classes(model.graph);
  clear_unread_rows(model, classes);
  const Limits limits = limits_of(model, classes, pictures);
  const std::vector<Layer> layers = layers_of(model, classes);
  scale(model, layers, balanced_factors(layers, limits));
  return model;
}

}  // namespace privquant
