// A plan under construction: its steps so far, the rings in which each node's result is at hand, and
// conversions between them. Alternatives are tried by rolling back.
#pragma once

#include <vector>

#include "ot/cost.h"
#include "plan/passes.h"
#include "plan/plan.h"

namespace privquant {

class PlanBuilder {
 public:
  /// `asked`: for each node the widest ring that an earlier, complete run asked for; extensions go there at
  /// once. All must outlive the builder.
  PlanBuilder(const Graph& graph, const Profile& profile, const std::vector<int>& asked);

  /// The node that the following steps serve.
  void set_node(NodeId node) { node_ = node; }

  ValueId emit(const StepOperation& operation, std::vector<ValueId> inputs, Width width, std::size_t size);
  /// The result has its operand's size, and its ring unless another is given.
  ValueId emit_like(const StepOperation& operation, ValueId input, Width width);
  ValueId emit_like(const StepOperation& operation, ValueId input);
  /// `value` in a ring of at most `bits`.
  ValueId at_most(ValueId value, int bits);
  void emit_last(const StepOperation& operation, ValueId input);

  /// Declares `value` to be the node's result, in a ring that holds its type.
  void set_result(NodeId node, ValueId value);
  /// A node that fusion never forms.
  void set_fused(NodeId node);
  ValueId result(NodeId node) const { return *plan_.value_of_node[node]; }
  int width_of(ValueId value) const { return plan_.values[value].width.bits(); }

  /// A node's result in a given ring: narrowed for nothing, or extended the cheapest way.
  ValueId in_ring(NodeId node, Width width);
  /// The same value in a wider ring, from a ring that is its type's or wider.
  ValueId extend(ValueId value, const TensorType& type, Width width);
  /// Whether the node is at hand in a ring of more bits than its type, so that an unsigned value's msb is 0.
  bool has_spare_bit(NodeId node) const;

  /// Of the steps from `first` on.
  Cost cost_from(std::size_t first) const;
  std::size_t steps() const { return plan_.steps.size(); }

  /// Where a trial began. roll_back forgets everything since.
  struct Mark {
    std::size_t values, steps, choices, changes;
  };
  Mark mark() const;
  void roll_back(const Mark& mark);

  void record(Choice choice) { plan_.choices.push_back(std::move(choice)); }
  /// The widest ring that was asked of each node.
  const std::vector<int>& asked() const { return asked_now_; }
  Plan take() { return std::move(plan_); }
  Plan& plan() { return plan_; }

 private:
  /// What a node had before a change.
  struct NodeState {
    NodeId node;
    int asked;
    std::optional<ValueId> result;
    std::vector<ValueId> forms;
  };

  ValueId widest_form(NodeId node) const;
  void remember(NodeId node);

  const Graph* graph_;
  const Profile* profile_;
  const std::vector<int>* asked_before_;
  std::vector<int> asked_now_;
  std::vector<std::vector<ValueId>> forms_;  ///< by node: its result in several rings
  std::vector<NodeState> changes_;
  NodeId node_ = 0;
  Plan plan_;
};

}  // namespace privquant
