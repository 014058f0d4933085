// A network of the zoo at given widths of each layer, without calibration: weights and activations of 8 bits are
// shifted to fewer.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "nn/bounds.h"
#include "nn/zoo.h"
#include "search/network_price.h"

namespace privquant {

class NarrowedNetwork {
 public:
  explicit NarrowedNetwork(const std::string& name) : wide_(make_zoo_model(name, {8, 8, 8, 8}, 1)) {}

  const Graph& graph() const { return wide_.graph; }
  std::size_t layers() const { return weighted_nodes(wide_.graph).size(); }

  /// Layers that read one tensor at the same width share its Requantise.
  Model operator()(const NetworkWidths& widths) const {
    Model model;
    model.graph = wide_.graph;
    model.graph.nodes.clear();
    std::map<NodeId, NodeId> place;                     // of the wide network's nodes
    std::map<std::pair<NodeId, int>, NodeId> narrowed;  // its inputs, at a width
    std::size_t layer = 0;
    const auto append = [&](Node node, std::optional<LayerWeights> weights) {
      if (!std::holds_alternative<Requantise>(node.op) && !std::holds_alternative<Input>(node.op))
        node.type.exponent = infer_exponent(model.graph, node);
      model.graph.nodes.push_back(std::move(node));
      model.weights.push_back(std::move(weights));
      return model.graph.nodes.size() - 1;
    };
    for (NodeId id = 0; id < wide_.graph.nodes.size(); ++id) {
      Node node = wide_.graph.nodes[id];
      for (NodeId& input : node.inputs) input = place.at(input);
      std::optional<LayerWeights> weights = wide_.weights[id];
      if (std::holds_alternative<Requantise>(node.op)) {
        // Narrow layers in front have great steps: no finer ones behind them.
        node.type.exponent = std::max(node.type.exponent, model.graph.nodes[node.inputs[0]].type.exponent);
      }
      if (weights) {
        const LayerWidths& wanted = widths.at(layer++);
        const int removed = narrow_weights(node.op, *weights, wanted.weight_bits);
        const TensorType& read = model.graph.nodes[node.inputs[0]].type;
        const int coarser = read.bits - wanted.input_bits;
        if (coarser > 0) {
          const auto [found, fresh] = narrowed.emplace(std::pair(node.inputs[0], wanted.input_bits), 0);
          if (fresh) {
            Node narrowing{"narrow" + std::to_string(id),
                           Requantise{},
                           {node.inputs[0]},
                           {wanted.input_bits, read.is_signed, read.exponent + coarser},
                           model.graph.nodes[node.inputs[0]].shape};
            found->second = append(std::move(narrowing), std::nullopt);
          }
          node.inputs[0] = found->second;
        }
        for (std::int64_t& bias : weights->bias) bias >>= removed + std::max(coarser, 0);
      }
      node.type.bits = is_accumulator(node.op) ? 64 : node.type.bits;
      place[id] = append(std::move(node), std::move(weights));
    }
    set_accumulator_widths(model);
    return model;
  }

 private:
  /// Returns by how many powers of two the step grows: one less than bits are dropped, the greatest weights clip.
  static int narrow_weights(Operator& op, LayerWeights& weights, int bits) {
    TensorType& type = std::holds_alternative<Conv2d>(op) ? std::get<Conv2d>(op).weight_type
                                                          : std::get<Linear>(op).weight_type;
    const int removed = std::max(type.bits - bits - 1, 0);
    type.bits = bits;
    type.exponent += removed;
    for (std::int16_t& weight : weights.weights) {
      const std::int64_t rounded = (weight + ((std::int64_t{1} << removed) >> 1)) >> removed;
      weight = static_cast<std::int16_t>(std::clamp(rounded, type.min(), type.max()));
    }
    return removed;
  }

  Model wide_;
};

/// Weights and activations of these widths for all layers but the first and the last, which keep 8; sensitivities
/// that fall by a factor of four a bit, from 1 to 2 at 0 bits.
inline SearchProblem narrowing_problem(const NarrowedNetwork& network, const std::vector<int>& weight_bits,
                                       const std::vector<int>& input_bits, const PriceOptions& options) {
  SearchProblem problem;
  const std::size_t layers = network.layers();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    std::vector<LayerWidths>& candidates = problem.candidates.emplace_back();
    std::vector<double>& sensitivity = problem.sensitivity.emplace_back();
    const bool edge = layer == 0 || layer + 1 == layers;
    for (const int weights : edge ? std::vector{8} : weight_bits) {
      for (const int inputs : edge ? std::vector{8} : input_bits) {
        candidates.push_back({weights, inputs});
        const double scale = 1 + static_cast<double>(layer * 7 % 11) / 11;
        sensitivity.push_back(scale * (std::pow(0.25, weights) + std::pow(0.25, inputs)));
      }
    }
  }
  problem.neighbours = neighbours_of(network.graph());
  problem.price = network_price([&network](const NetworkWidths& widths) { return network(widths); }, options);
  problem.price_text = [unit = options.unit](double price) { return price_text(unit, price); };
  return problem;
}

inline NetworkWidths widest(const SearchProblem& problem) {
  NetworkWidths widths;
  for (const auto& candidates : problem.candidates) {
    widths.push_back(
        *std::max_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
          return a.weight_bits + a.input_bits < b.weight_bits + b.input_bits;
        }));
  }
  return widths;
}

}  // namespace privquant
