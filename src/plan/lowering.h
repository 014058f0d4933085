// Graph to plan: nodes become steps, one after the other; where there are several ways the allowed one
// with the fewest bytes is taken. One file a kind of node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/passes.h"
#include "plan/plan.h"
#include "plan/plan_builder.h"
#include "plan/widths.h"

namespace privquant {

class Lowering {
 public:
  /// `asked`: see PlanBuilder. All must outlive the lowering.
  Lowering(const Graph& graph, const PlanOptions& options, const Profile& profile,
           const std::vector<int>& asked);

  /// @throws Error(model) naming the layer if a width is impossible.
  Plan run();
  const std::vector<int>& asked() const { return builder_.asked(); }

 private:
  struct Alternative {
    std::string name;
    std::string why;
    std::function<ValueId()> build;
    bool allowed = true;  ///< else only weighed, for reports
  };
  /// Builds the allowed alternative with the fewest bytes, rounds at their worth; `aftermath` is what a trial pays
  /// besides.
  ValueId choose(const std::string& subject, const std::vector<Alternative>& alternatives,
                 const std::function<void(ValueId)>& aftermath);

  void lower(const Node& node);
  ValueId lower_operator(const Node& node, const Input& op);
  ValueId lower_operator(const Node& node, const Conv2d& op);
  ValueId lower_operator(const Node& node, const Linear& op);
  ValueId lower_operator(const Node& node, const Add& op);
  ValueId lower_operator(const Node& node, const Relu& op);
  ValueId lower_operator(const Node& node, const Clip& op);
  ValueId lower_operator(const Node& node, const Requantise& op);
  ValueId lower_operator(const Node& node, const MaxPool& op);
  ValueId lower_operator(const Node& node, const AvgPool& op);
  ValueId lower_operator(const Node& node, const GlobalAvgPool& op);
  ValueId lower_operator(const Node& node, const Flatten& op);
  ValueId lower_operator(const Node& node, const Concat& op);
  ValueId lower_operator(const Node& node, const PadChannels& op);
  ValueId lower_operator(const Node& node, const ArgMax& op);
  void reveal();
  void reveal_top_k(NodeId scores, std::size_t count);

  // lower_convolution.cc
  /// Of a Conv2d or Linear in a ring of so many bits.
  std::optional<step::MaskedConvolve> masked_convolve(const ConvolutionShape& shape, int weight_bits,
                                                      int ring) const;
  ValueId convolve(const Node& node, const ConvolutionShape& shape, const TensorType& weight_type);

  // lower_requantise.cc
  /// Where a maximum over windows stands among the parts of a requantisation.
  enum class Pooling { none, first, after_truncation, last };
  struct PooledRequantise {
    NodeId requantise;
    Pooling pooling;
    PoolShape pool;
    std::size_t outputs;  ///< elements after the pool
  };
  ValueId requantise(const PooledRequantise& what);
  /// Truncation and clip one after the other, with `pool` between them if `what` says so.
  ValueId shift_and_clip(ValueId x, const PooledRequantise& what, NodeId served, int asked,
                         const std::function<ValueId(ValueId)>& pool);
  /// Whether they may be one step, and which.
  bool fuses(NodeId requantise, const RequantiseFacts& facts) const;
  Requantisation fused(NodeId requantise, const RequantiseFacts& facts) const;
  ValueId truncate(ValueId x, NodeId operand, int shift);
  /// The clip of a requantised value into the ring that serves best: `served`'s consumers ask for one of
  /// `asked` bits.
  ValueId clip(ValueId x, NodeId requantise, NodeId served, int asked);
  bool defers_to_pool(NodeId requantise) const;
  ValueId max_pool(const Node& node, const PoolShape& pool);

  ValueId sum_pool(const Node& node, const Window& window);

  bool on(Pass pass) const { return profile_->on(pass); }
  const Node& input(const Node& node) const { return graph_->nodes[node.inputs[0]]; }
  template <typename Body>
  void naming_the_layer(Body&& body) const;

  const Graph* graph_;
  const PlanOptions* options_;
  const Profile* profile_;
  const std::vector<int>* asked_before_;
  std::vector<int> wanted_;
  std::vector<std::size_t> consumers_;  ///< how many read each node
  int outputs_log2_ = 0;                ///< of linear layers
  NodeId node_ = 0;
  PlanBuilder builder_;
};

/// A maximum over one element is a choice of elements, which is local.
inline bool compares(const PoolShape& pool) { return pool.kernel_height > 1 || pool.kernel_width > 1; }

PoolShape pool_shape(const Shape& in, const Shape& out, const Window& window);

}  // namespace privquant
