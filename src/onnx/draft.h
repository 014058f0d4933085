// The network while it is being read: nodes in order, with what folding still has to move.
#pragma once

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "nn/real_model.h"

namespace privquant {

/// What a node has besides its entry in the graph.
struct DraftDetails {
  std::optional<RealWeights> weights;
  /// The true result is this times what the operator computes: what a pool's divisor has beyond 2^log2_divisor.
  double factor = 1;
  double clip_high = 0;  ///< of a Clip, which goes from 0
};

class Draft {
 public:
  Draft(const std::string& name, const Shape& input);

  /// The name is made printable and unique. @throws Error(model) if the shapes do not fit.
  NodeId add(const std::string& name, const Operator& op, std::vector<NodeId> inputs);

  const Graph& graph() const { return graph_; }
  std::size_t size() const { return graph_.nodes.size(); }
  const Node& node(NodeId id) const { return graph_.nodes[id]; }
  const Shape& shape(NodeId id) const { return graph_.nodes[id].shape; }
  DraftDetails& details(NodeId id) { return details_[id]; }

  /// Drops what `output` does not need, so that it is the last node.
  void keep_only_what_gives(NodeId output);
  /// Limits of clips become integers of 24 bits.
  RealModel finish();

 private:
  Graph graph_;
  std::vector<DraftDetails> details_;
  std::unordered_set<std::string> names_;
};

}  // namespace privquant
