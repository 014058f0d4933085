#include "quant/histograms.h"

#include <algorithm>

#include "base/error.h"
#include "data/spread.h"
#include "nn/executor.h"
#include "quant/training_set.h"

namespace privquant {

Histogram::Histogram(const TensorType& type)
    : type_(type),
      shift_(std::max(type.bits - most_bins_log2, 0)),
      counts_(std::size_t{1} << (type.bits - shift_)) {}

void Histogram::add(std::int64_t value) {
  // Unsigned, as a difference of 64-bit integers may not fit a signed word.
  const std::uint64_t above = static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(type_.min());
  ++counts_.at(static_cast<std::size_t>(above >> shift_));
  ++total_;
  if (value == 0) ++zeros_;
  if (value == type_.max() || (type_.is_signed && value == type_.min())) ++at_limits_;
}

double Histogram::share(std::uint64_t count) const {
  return total_ == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total_);
}

std::vector<LayerHistograms> measure_histograms(const Model& model,
                                                std::span<const LabelledPicture> pictures) {
  const std::vector<Node>& nodes = model.graph.nodes;
  std::vector<LayerHistograms> layers;
  std::vector<std::vector<std::size_t>> readers(nodes.size());
  const auto add_layer = [&](NodeId id, const TensorType& weight_type) {
    const NodeId read = nodes[id].inputs[0];
    readers[read].push_back(layers.size());
    LayerHistograms layer{nodes[id].name, Histogram(weight_type), Histogram(nodes[read].type)};
    for (const std::int16_t weight : model.weights[id]->weights) layer.weights.add(weight);
    layers.push_back(std::move(layer));
  };
  for (NodeId id = 0; id < nodes.size(); ++id) {
    if (const auto* conv = std::get_if<Conv2d>(&nodes[id].op)) {
      add_layer(id, conv->weight_type);
    } else if (const auto* linear = std::get_if<Linear>(&nodes[id].op)) {
      add_layer(id, linear->weight_type);
    }
  }
  for (const LabelledPicture& picture : pictures) {
    run_plaintext(model, input_of(model.graph, picture), [&](NodeId id, const IntegerTensor& result) {
      for (const std::size_t layer : readers[id]) {
        for (const std::int64_t value : result.values) layers[layer].inputs.add(value);
      }
    });
  }
  return layers;
}

std::vector<LabelledPicture> spread_pictures(const Dataset& set, std::size_t count) {
  std::vector<LabelledPicture> pictures;
  for (const std::size_t index : spread(set.size(), count)) pictures.push_back(set.at(index));
  return pictures;
}

}  // namespace privquant
