#include "plan/plan_builder.h"

#include <algorithm>

#include "plan/plan_cost.h"

namespace privquant {

PlanBuilder::PlanBuilder(const Graph& graph, const Profile& profile, const std::vector<int>& asked)
    : graph_(&graph),
      profile_(&profile),
      asked_before_(&asked),
      asked_now_(graph.nodes.size(), 0),
      forms_(graph.nodes.size()) {
  plan_.protocol_choices = profile.protocol_choices();
  plan_.value_of_node.resize(graph.nodes.size());
}

ValueId PlanBuilder::emit(const StepOperation& operation, std::vector<ValueId> inputs, Width width,
                          std::size_t size) {
  plan_.values.push_back({width, size});
  const ValueId output = plan_.values.size() - 1;
  plan_.steps.push_back({node_, operation, std::move(inputs), output});
  return output;
}

ValueId PlanBuilder::emit_like(const StepOperation& operation, ValueId input, Width width) {
  return emit(operation, {input}, width, plan_.values[input].size);
}

ValueId PlanBuilder::emit_like(const StepOperation& operation, ValueId input) {
  return emit_like(operation, input, plan_.values[input].width);
}

ValueId PlanBuilder::at_most(ValueId value, int bits) {
  return width_of(value) > bits ? emit_like(step::Narrow{}, value, Width(bits)) : value;
}

void PlanBuilder::emit_last(const StepOperation& operation, ValueId input) {
  plan_.steps.push_back({node_, operation, {input}, std::nullopt});
}

void PlanBuilder::remember(NodeId node) {
  changes_.push_back({node, asked_now_[node], plan_.value_of_node[node], forms_[node]});
}

PlanBuilder::Mark PlanBuilder::mark() const {
  return {plan_.values.size(), plan_.steps.size(), plan_.choices.size(), changes_.size()};
}

void PlanBuilder::roll_back(const Mark& mark) {
  plan_.values.resize(mark.values, PlanValue{bit_width, 0});
  plan_.steps.erase(plan_.steps.begin() + static_cast<std::ptrdiff_t>(mark.steps), plan_.steps.end());
  plan_.choices.erase(plan_.choices.begin() + static_cast<std::ptrdiff_t>(mark.choices), plan_.choices.end());
  for (; changes_.size() > mark.changes; changes_.pop_back()) {
    NodeState& before = changes_.back();
    asked_now_[before.node] = before.asked;
    plan_.value_of_node[before.node] = before.result;
    forms_[before.node] = std::move(before.forms);
  }
}

void PlanBuilder::set_result(NodeId node, ValueId value) {
  PQ_CHECK(width_of(value) >= graph_->nodes[node].type.bits);
  remember(node);
  plan_.value_of_node[node] = value;
  forms_[node] = {value};
}

void PlanBuilder::set_fused(NodeId node) {
  remember(node);
  plan_.value_of_node[node].reset();
  forms_[node].clear();
}

ValueId PlanBuilder::widest_form(NodeId node) const {
  return *std::max_element(forms_[node].begin(), forms_[node].end(),
                           [&](ValueId a, ValueId b) { return width_of(a) < width_of(b); });
}

bool PlanBuilder::has_spare_bit(NodeId node) const {
  return width_of(widest_form(node)) > graph_->nodes[node].type.bits;
}

ValueId PlanBuilder::in_ring(NodeId node, Width width) {
  PQ_CHECK(!forms_[node].empty());
  const Node& source = graph_->nodes[node];
  remember(node);
  asked_now_[node] = std::max(asked_now_[node], width.bits());
  if (std::holds_alternative<Input>(source.op)) {
    // The client shares its input anew in any ring: that sends nothing.
    for (const ValueId form : forms_[node]) {
      if (plan_.values[form].width == width) return form;
    }
    return emit(step::ShareInput{}, {}, width, source.shape.elements());
  }
  for (const ValueId form : forms_[node]) {
    if (plan_.values[form].width == width) return form;
  }
  const ValueId widest = widest_form(node);
  if (plan_.values[widest].width > width) return emit_like(step::Narrow{}, widest, width);
  const bool shared = profile_->on(Pass::shared_conversions);
  const Width to(shared ? std::max(width.bits(), (*asked_before_)[node]) : width.bits());
  const ValueId wide = extend(shared ? widest : result(node), source.type, to);
  if (shared) forms_[node].push_back(wide);
  return to == width ? wide : emit_like(step::Narrow{}, wide, width);
}

ValueId PlanBuilder::extend(ValueId value, const TensorType& type, Width width) {
  const int spare = width_of(value) - type.bits;
  if (spare > 0 && profile_->on(Pass::sign_propagation)) {
    if (!type.is_signed) return emit_like(step::Extend{false, KnownMsb::zero}, value, width);
    // |x| ≤ 2^(bits − 1), so that x + 2^(bits − 1) is not negative and leaves the ring's top bit free.
    const std::uint64_t offset = std::uint64_t{1} << (type.bits - 1);
    const ValueId moved = emit_like(step::AddConstant{offset}, value);
    const ValueId wide = emit_like(step::Extend{false, KnownMsb::zero}, moved, width);
    return emit_like(step::AddConstant{0 - offset}, wide);
  }
  return emit_like(step::Extend{type.is_signed, KnownMsb::unknown}, at_most(value, type.bits), width);
}

Cost PlanBuilder::cost_from(std::size_t first) const {
  Cost cost;
  cost.choices = plan_.protocol_choices;
  for (std::size_t i = first; i < plan_.steps.size(); ++i) cost_step(cost, plan_, plan_.steps[i]);
  return cost;
}

}  // namespace privquant
