#include "onnx/fold_divisors.h"

#include <algorithm>
#include <cmath>

#include "onnx/problem.h"

namespace privquant {

namespace {

void multiply(std::vector<float>& values, double factor) {
  for (float& value : values) {
    value = static_cast<float>(value * factor);
    if (!std::isfinite(value)) cannot_import("folding an average's divisor gives weights that are too large");
  }
}

class Folding {
 public:
  explicit Folding(Draft& draft) : draft_(&draft), pending_(draft.size(), 1), readers_(draft.size(), 0) {
    for (const Node& node : draft.graph().nodes) {
      for (const NodeId input : node.inputs) ++readers_[input];
    }
  }

  void run() {
    for (NodeId id = 0; id < draft_->size(); ++id) visit(id);
    settle(draft_->size() - 1);
  }

 private:
  void visit(NodeId id) {
    const Node& node = draft_->node(id);
    if (node.inputs.empty()) return;
    DraftDetails& details = draft_->details(id);
    if (details.weights) {
      multiply(details.weights->weights, pending_[node.inputs[0]]);
      return;
    }
    const bool differ = std::any_of(node.inputs.begin(), node.inputs.end(), [&](NodeId input) {
      return pending_[input] != pending_[node.inputs[0]];
    });
    if (differ) {
      for (const NodeId input : node.inputs) settle(input);
    }
    details.clip_high /= pending_[node.inputs[0]];
    pending_[id] = pending_[node.inputs[0]] * details.factor;
  }

  /// Makes the node's result the true one.
  void settle(NodeId id) {
    if (pending_[id] == 1) return;
    if (!can_scale(id, true)) {
      cannot_import(
          "layer {} averages over a window whose size is no power of two, and no weights before or behind "
          "it can take up the divisor; put a Conv behind it, or use another window",
          draft_->node(id).name);
    }
    scale(id, pending_[id]);
  }

  /// Whether a factor of the result can be moved to weights before it, with nobody else reading on the way.
  bool can_scale(NodeId id, bool last) {
    if (!last && readers_[id] != 1) return false;
    if (last && readers_[id] > 1) return false;
    if (draft_->details(id).weights) return true;
    const Node& node = draft_->node(id);
    return !node.inputs.empty() && std::all_of(node.inputs.begin(), node.inputs.end(),
                                               [&](NodeId input) { return can_scale(input, false); });
  }

  void scale(NodeId id, double factor) {
    pending_[id] /= factor;
    DraftDetails& details = draft_->details(id);
    if (details.weights) {
      multiply(details.weights->weights, factor);
      multiply(details.weights->bias, factor);
      return;
    }
    details.clip_high *= factor;
    for (const NodeId input : draft_->node(id).inputs) scale(input, factor);
  }

  Draft* draft_;
  std::vector<double> pending_;  ///< true result over what is computed
  std::vector<std::size_t> readers_;
};

}  // namespace

void fold_divisors(Draft& draft) { Folding(draft).run(); }

}  // namespace privquant
