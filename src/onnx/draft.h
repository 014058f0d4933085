// The network while it is being read: nodes in order, with what folding still has to move.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "nn/real_model.h"
#include "onnx/value.h"

namespace privquant {

/// What a node has besides its entry in the graph.
struct DraftDetails {
  std::optional<RealWeights> weights;
  /// The true result is this times what the operator computes: what a pool's divisor has beyond 2^log2_divisor.
  double factor = 1;
  double clip_high = 0;  ///< of a Clip, which goes from 0
  /// In a network of integers: no sum, but what Input, Requantise, or values handed on from them give.
  bool rounded = false;
};

class Draft {
 public:
  /// With `quantised` nodes have types; widths of accumulators are still open.
  Draft(const std::string& name, const Shape& input, bool quantised);

  /// The name is made printable and unique. @throws Error(model) if the shapes do not fit.
  NodeId add(const std::string& name, const Operator& op, std::vector<NodeId> inputs,
             const TensorType& type = unquantised);
  /// A Requantise, and a Clip where the range is not a type's, or what was there before for the same rounding.
  NodeId round(const std::string& name, NodeId from, const Rounding& rounding);
  /// False if the picture was rounded otherwise before.
  bool round_input(const Rounding& rounding);

  bool quantised() const { return quantised_; }
  const Graph& graph() const { return graph_; }
  std::size_t size() const { return graph_.nodes.size(); }
  const Node& node(NodeId id) const { return graph_.nodes[id]; }
  const Shape& shape(NodeId id) const { return graph_.nodes[id].shape; }
  DraftDetails& details(NodeId id) { return details_[id]; }

  /// Drops what `output` does not need, so that it is the last node.
  void keep_only_what_gives(NodeId output);
  /// Limits of clips become integers of 24 bits.
  RealModel finish();
  /// Without accumulators' widths. Biases are rounded to their accumulators' steps; `rounded_biases` gets the names
  /// of layers where that changed some. @throws Problem naming the layer if a bias is too large.
  Model finish_quantised(std::vector<std::string>& rounded_biases);

 private:
  TensorType type_of(const Node& node) const;

  Graph graph_;
  std::vector<DraftDetails> details_;
  std::unordered_set<std::string> names_;
  bool quantised_;
  std::optional<Rounding> input_rounding_;
  std::map<std::tuple<NodeId, int, std::int64_t, std::int64_t>, NodeId> roundings_;
};

}  // namespace privquant
