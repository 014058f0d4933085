// Requantisation: truncate, clip, and the maximum that may come before either.
#include <algorithm>

#include "plan/lowering.h"
#include "plan/widths.h"

namespace privquant {

// ⌊x / 2^shift⌋, in a ring that is smaller by the shift where a pass allows it.
ValueId Lowering::truncate(ValueId x, NodeId operand, int shift) {
  if (shift == 0) return x;
  int reduced = shift;
  // SiRNN's product drops the bits that its fan-in added, and no more.
  if (!on(Pass::merge_conversions)) reduced = std::min(shift, fan_in_bits(*graph_, operand));
  if (reduced > 0)
    x = builder_.emit_like(step::TruncateReduce{reduced}, x, Width(builder_.width_of(x) - reduced));
  if (shift > reduced) x = builder_.emit_like(step::Truncate{shift - reduced, KnownMsb::unknown}, x);
  return x;
}

ValueId Lowering::clip(ValueId x, NodeId id, NodeId served, int asked) {
  const Node& node = graph_->nodes[id];
  const RequantiseFacts facts = requantise_facts(*graph_, id, *profile_);
  if (!facts.clips_below && !facts.clips_above) return x;
  if (facts.exceeds_by_one) {
    return builder_.emit_like(step::Saturate{}, builder_.at_most(x, node.type.bits + 1));
  }
  const int here = builder_.width_of(x);
  const auto into = [=, this](int bits) {
    return Alternative{"ring of " + std::to_string(bits) + " bits", "", [=, this, type = node.type] {
                         const Width ring(bits);
                         if (facts.clips_below && facts.clips_above && on(Pass::clip_window))
                           return builder_.emit_like(step::ClipToWindow{{type.min(), type.bits}}, x, ring);
                         ValueId y = x;
                         if (facts.clips_below && type.min() == 0)
                           y = builder_.emit_like(step::Relu{}, y, facts.clips_above ? Width(here) : ring);
                         else if (facts.clips_below)
                           y = builder_.emit_like(step::ClipBelow{type.min()}, y);
                         if (facts.clips_above) y = builder_.emit_like(step::ClipAbove{type.max()}, y);
                         return builder_.at_most(y, bits);
                       }};
  };
  // Candidates: the type's own ring, one bit more (a known top bit), and what is asked for.
  const int narrow = std::min(node.type.bits, here);
  if (!on(Pass::relu_extension)) return into(narrow).build();
  std::vector<Alternative> alternatives;
  for (const int bits : {narrow, narrow + 1, asked}) {
    const bool taken = std::any_of(alternatives.begin(), alternatives.end(),
                                   [&](const Alternative& a) { return a.name == into(bits).name; });
    if (bits >= narrow && bits <= here && !taken) alternatives.push_back(into(bits));
  }
  return choose("ring of the clipped value", alternatives, [=, this](ValueId y) {
    if (builder_.width_of(y) < node.type.bits) return;
    builder_.set_result(served, y);
    if (asked > node.type.bits) builder_.in_ring(served, Width(asked));
  });
}

bool Lowering::fuses(NodeId id, const RequantiseFacts& facts) const {
  // With IKNP and no price of rounds a plan has the fewest bytes step by step.
  if (profile_->extension == OtExtension::iknp && profile_->round_bytes == 0) return false;
  for (const Pass needed : {Pass::fused_requantise, Pass::merge_conversions, Pass::relu_after_truncation,
                            Pass::relu_extension, Pass::clip_window}) {
    if (!on(needed)) return false;
  }
  const bool clips = facts.exceeds_by_one || (facts.clips_below && facts.clips_above);
  return clips && supports(fused(id, facts), Width(facts.input_width));
}

Requantisation Lowering::fused(NodeId id, const RequantiseFacts& facts) const {
  const TensorType& type = graph_->nodes[id].type;
  return {facts.shift, {type.min(), type.bits}, facts.exceeds_by_one};
}

ValueId Lowering::shift_and_clip(ValueId x, const PooledRequantise& what, NodeId served, int asked,
                                 const std::function<ValueId(ValueId)>& pool) {
  const TensorType& type = graph_->nodes[what.requantise].type;
  const RequantiseFacts facts = requantise_facts(*graph_, what.requantise, *profile_);
  const bool early_relu =
      !on(Pass::relu_after_truncation) && facts.clips_below && type.min() == 0 && facts.shift > 0;
  if (early_relu) x = builder_.emit_like(step::Relu{}, x);
  x = truncate(x, graph_->nodes[what.requantise].inputs[0], facts.shift);
  if (what.pooling == Pooling::after_truncation) x = pool(x);
  if (early_relu) {
    if (facts.clips_above) x = builder_.emit_like(step::ClipAbove{type.max()}, x);
    return builder_.at_most(x, type.bits);
  }
  x = clip(x, what.requantise, served, asked);
  return on(Pass::relu_extension) ? x : builder_.at_most(x, type.bits);
}

ValueId Lowering::requantise(const PooledRequantise& what) {
  const Node& node = graph_->nodes[what.requantise];
  const NodeId operand = node.inputs[0];
  const RequantiseFacts facts = requantise_facts(*graph_, what.requantise, *profile_);
  const bool early = what.pooling == Pooling::first || what.pooling == Pooling::after_truncation;
  // The maximum compares differences of two values.
  const int width = facts.input_width + (early && compares(what.pool) ? 1 : 0);
  const auto pool = [&](ValueId x) {
    return builder_.emit(step::MaxPool{what.pool}, {x}, Width(builder_.width_of(x)), what.outputs);
  };
  ValueId x = builder_.in_ring(operand, Width(width));
  if (what.pooling == Pooling::first) x = pool(x);
  if (facts.rounding != 0) x = builder_.emit_like(step::AddConstant{facts.rounding}, x);
  // A maximum that comes last wants one bit more than the type, for differences; what comes after it is its
  // own affair.
  const bool last = what.pooling == Pooling::last;
  const NodeId served = early ? node_ : what.requantise;
  const int asked = last ? node.type.bits + 1 : std::max((*asked_before_)[served], wanted_[served]);
  const auto stepwise = [=, this] { return shift_and_clip(x, what, served, asked, pool); };
  if (what.pooling == Pooling::after_truncation || !fuses(what.requantise, facts)) {
    x = stepwise();
  } else {
    std::vector<Alternative> ways{{"step by step", "fewer bytes", stepwise}};
    const auto at_once = [&](int bits) {
      const auto build = [=, this] {
        return builder_.emit_like(step::Requantise{fused(what.requantise, facts)},
                                  builder_.at_most(x, facts.input_width), Width(bits));
      };
      ways.push_back({"at once, into a ring of " + std::to_string(bits) + " bits", "fewer rounds", build});
    };
    // The type's own ring, one with a known top bit, and what is asked for.
    at_once(std::min(asked, node.type.bits + 1));
    if (asked > node.type.bits + 1) at_once(asked);
    x = choose("requantisation", ways, [=, this](ValueId y) {
      builder_.set_result(served, y);
      if (asked > node.type.bits) builder_.in_ring(served, Width(asked));
    });
  }
  if (last) {
    x = builder_.at_most(x, asked);
    if (builder_.width_of(x) < asked) x = builder_.extend(x, node.type, Width(asked));
    x = pool(x);
  }
  return x;
}

// A Requantise is monotone, so it may come after a maximum that is its only consumer.
bool Lowering::defers_to_pool(NodeId id) const {
  if (!on(Pass::pool_first) || !std::holds_alternative<Requantise>(graph_->nodes[id].op)) return false;
  if (consumers_[id] != 1) return false;
  return std::any_of(graph_->nodes.begin(), graph_->nodes.end(), [&](const Node& node) {
    return std::holds_alternative<MaxPool>(node.op) && node.inputs[0] == id;
  });
}

ValueId Lowering::max_pool(const Node& node, const PoolShape& pool) {
  const NodeId operand = node.inputs[0];
  const std::size_t outputs = node.shape.elements();
  if (!compares(pool)) {
    if (defers_to_pool(operand)) return requantise({operand, Pooling::first, pool, outputs});
    const ValueId x = builder_.result(operand);
    return builder_.emit(step::MaxPool{pool}, {x}, Width(builder_.width_of(x)), outputs);
  }
  if (!defers_to_pool(operand)) {
    const Width width(std::max(node.type.bits + 1, wanted_[node_]));
    return builder_.emit(step::MaxPool{pool}, {builder_.in_ring(operand, width)}, width, outputs);
  }
  const auto at = [=, this](Pooling pooling, std::string name, std::string why) {
    return Alternative{std::move(name), std::move(why), [=, this] {
                         return requantise({operand, pooling, pool, outputs});
                       }};
  };
  return choose(
      "place of the maximum",
      {at(Pooling::first, "before the truncation", "few truncations, wide comparisons"),
       at(Pooling::after_truncation, "before the clip", "few clips, comparisons without scale bits"),
       at(Pooling::last, "after the clip", "narrow comparisons, every value is clipped")},
      [](ValueId) {});
}

}  // namespace privquant
