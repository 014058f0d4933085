#include "plan/lowering.h"

#include <algorithm>

#include "mpc/maximum.h"
#include "plan/plan_cost.h"
#include "plan/widths.h"

namespace privquant {
namespace {

ConvolutionShape convolution_shape(const Shape& in, const Shape& out, const Window& w, int groups) {
  return {in.channels,      in.height,       in.width,       out.channels,
          out.height,       out.width,       groups,         w.kernel_height,
          w.kernel_width,   w.stride_height, w.stride_width, w.dilation_height,
          w.dilation_width, w.pad_top,       w.pad_left};
}

}  // namespace

PoolShape pool_shape(const Shape& in, const Shape& out, const Window& w) {
  return {in.channels,      in.height,      in.width,        out.height,     out.width,
          w.kernel_height,  w.kernel_width, w.stride_height, w.stride_width, w.dilation_height,
          w.dilation_width, w.pad_top,      w.pad_left};
}

Lowering::Lowering(const Graph& graph, const PlanOptions& options, const Profile& profile,
                   const std::vector<int>& asked)
    : graph_(&graph),
      options_(&options),
      profile_(&profile),
      asked_before_(&asked),
      wanted_(wanted_widths(graph, options, profile)),
      consumers_(graph.nodes.size(), 0),
      builder_(graph, profile, asked) {
  for (const Node& node : graph.nodes) {
    for (const NodeId operand : node.inputs) ++consumers_[operand];
  }
  builder_.plan().options = options;
  // Of all linear layers, whatever prepares them: known before any is chosen.
  std::size_t outputs = 1;
  for (NodeId node = 0; node < graph.nodes.size(); ++node) {
    if (is_linear_layer(graph, node)) outputs += graph.nodes[node].shape.elements();
  }
  outputs_log2_ = outputs_log2_of(outputs);
}

template <typename Body>
void Lowering::naming_the_layer(Body&& body) const {
  try {
    body();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::model) throw;
    fail(ErrorCode::model, "layer '{}': {}", graph_->nodes[node_].name, error.what());
  }
}

Plan Lowering::run() {
  for (node_ = 0; node_ < graph_->nodes.size(); ++node_) {
    builder_.set_node(node_);
    naming_the_layer([&] { lower(graph_->nodes[node_]); });
  }
  node_ = graph_->nodes.size() - 1;
  naming_the_layer([&] { reveal(); });
  return builder_.take();
}

ValueId Lowering::choose(const std::string& subject, const std::vector<Alternative>& alternatives,
                         const std::function<void(ValueId)>& aftermath) {
  Choice choice{node_, subject, {}, 0};
  const PlanBuilder::Mark start = builder_.mark();
  for (const Alternative& alternative : alternatives) {
    aftermath(alternative.build());
    const Cost cost = builder_.cost_from(start.steps);
    choice.candidates.push_back({alternative.name, price(cost), alternative.why, cost.rounds()});
    builder_.roll_back(start);
  }
  const auto weight = [&, this](std::size_t i) {
    const Candidate& candidate = choice.candidates[i];
    return candidate.bytes +
           static_cast<double>(candidate.rounds) * static_cast<double>(profile_->round_bytes);
  };
  std::vector<std::size_t> allowed;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    if (alternatives[i].allowed) allowed.push_back(i);
  }
  PQ_CHECK(!allowed.empty());
  choice.chosen = *std::min_element(allowed.begin(), allowed.end(),
                                    [&](std::size_t a, std::size_t b) { return weight(a) < weight(b); });
  builder_.record(choice);
  return alternatives[choice.chosen].build();
}

void Lowering::lower(const Node& node) {
  if (defers_to_pool(node_)) {
    builder_.set_fused(node_);
    return;
  }
  ValueId x = std::visit([&](const auto& op) { return lower_operator(node, op); }, node.op);
  if (std::holds_alternative<ArgMax>(node.op)) {
    builder_.set_fused(node_);  // the reveal computes the index
    return;
  }
  // Values fit their type, but an operator that only narrows what it gets may stand in a smaller ring. They
  // are read there as its input is.
  if (builder_.width_of(x) < node.type.bits)
    x = builder_.emit_like(step::Extend{input(node).type.is_signed, KnownMsb::unknown}, x,
                           Width(node.type.bits));
  builder_.set_result(node_, x);
}

ValueId Lowering::lower_operator(const Node& node, const Input&) {
  return builder_.emit(step::ShareInput{}, {}, Width(wanted_[node_]), node.shape.elements());
}

ValueId Lowering::lower_operator(const Node& node, const Conv2d& op) {
  return convolve(node, convolution_shape(input(node).shape, node.shape, op.window, op.groups),
                  op.weight_type);
}

ValueId Lowering::lower_operator(const Node& node, const Linear& op) {
  const Shape in{static_cast<int>(input(node).shape.elements()), 1, 1};
  return convolve(node, convolution_shape(in, node.shape, Window{}, 1), op.weight_type);
}

ValueId Lowering::lower_operator(const Node& node, const Add&) {
  const Width width(std::max(node.type.bits, wanted_[node_]));
  const auto aligned = [&](NodeId operand) {
    const int shift = graph_->nodes[operand].type.exponent - node.type.exponent;
    if (shift == 0) return builder_.in_ring(operand, width);
    // The shift leaves room for as many bits.
    const int enough = std::max(width.bits() - shift, 1);
    const ValueId value = builder_.in_ring(operand, on(Pass::residual) ? Width(enough) : width);
    return builder_.emit_like(step::ShiftLeft{shift}, value, width);
  };
  const ValueId left = aligned(node.inputs[0]);
  const ValueId right = aligned(node.inputs[1]);
  return builder_.emit(step::Add{}, {left, right}, width, node.shape.elements());
}

ValueId Lowering::lower_operator(const Node& node, const Relu&) {
  const TensorType& type = input(node).type;
  if (!type.is_signed) return builder_.result(node.inputs[0]);
  return builder_.emit_like(step::Relu{},
                            builder_.in_ring(node.inputs[0], Width(std::max(type.bits, wanted_[node_]))));
}

ValueId Lowering::lower_operator(const Node& node, const Clip& op) {
  const ClipFacts facts = clip_facts(input(node).type, op);
  if (!facts.above && !facts.below) return builder_.result(node.inputs[0]);
  ValueId x = builder_.in_ring(node.inputs[0], Width(facts.width));
  if (facts.below) x = builder_.emit_like(step::ClipBelow{op.low}, x);
  if (facts.above) x = builder_.emit_like(step::ClipAbove{op.high}, x);
  return x;
}

ValueId Lowering::lower_operator(const Node& node, const Requantise&) {
  static_cast<void>(node);
  return requantise({node_, Pooling::none, {}, 0});
}

ValueId Lowering::lower_operator(const Node& node, const MaxPool& op) {
  return max_pool(node, pool_shape(input(node).shape, node.shape, op.window));
}

ValueId Lowering::lower_operator(const Node& node, const AvgPool& op) { return sum_pool(node, op.window); }

ValueId Lowering::lower_operator(const Node& node, const GlobalAvgPool&) {
  Window window;
  window.kernel_height = input(node).shape.height;
  window.kernel_width = input(node).shape.width;
  return sum_pool(node, window);
}

ValueId Lowering::lower_operator(const Node& node, const Flatten&) { return builder_.result(node.inputs[0]); }

ValueId Lowering::lower_operator(const Node& node, const Concat&) {
  const bool spare = on(Pass::relu_extension) &&
                     std::all_of(node.inputs.begin(), node.inputs.end(),
                                 [&](NodeId operand) { return builder_.has_spare_bit(operand); });
  const Width width(node.type.bits + (spare ? 1 : 0));
  std::vector<ValueId> parts;
  for (const NodeId operand : node.inputs) parts.push_back(builder_.in_ring(operand, width));
  return builder_.emit(step::Concat{}, std::move(parts), width, node.shape.elements());
}

// What consumers want is made before the padding: there are fewer values to extend.
ValueId Lowering::lower_operator(const Node& node, const PadChannels& op) {
  const NodeId operand = node.inputs[0];
  const bool spare = on(Pass::relu_extension) && builder_.has_spare_bit(operand);
  const Width width(std::max(node.type.bits + (spare ? 1 : 0), wanted_[node_]));
  const auto plane = [&](int channels) {
    return Shape{channels, node.shape.height, node.shape.width}.elements();
  };
  return builder_.emit(step::PadChannels{plane(op.before), plane(op.after)},
                       {builder_.in_ring(operand, width)}, width, node.shape.elements());
}

ValueId Lowering::lower_operator(const Node& node, const ArgMax&) { return builder_.result(node.inputs[0]); }

ValueId Lowering::sum_pool(const Node& node, const Window& window) {
  const Width width(std::max(node.type.bits, wanted_[node_]));
  return builder_.emit(step::SumPool{pool_shape(input(node).shape, node.shape, window)},
                       {builder_.in_ring(node.inputs[0], width)}, width, node.shape.elements());
}

void Lowering::reveal() {
  const Node& output = graph_->output();
  const bool ends_in_argmax = std::holds_alternative<ArgMax>(output.op);
  Reveal reveal = options_->reveal;
  if (ends_in_argmax) {
    if (reveal == Reveal::top_k)
      fail(ErrorCode::usage,
           "this network ends in ArgMax: only its class can be revealed; use --reveal class");
    reveal = Reveal::best_class;
  }
  const NodeId scores = ends_in_argmax ? output.inputs[0] : node_;
  const std::size_t count = graph_->nodes[scores].shape.elements();
  const int bits = graph_->nodes[scores].type.bits;
  switch (reveal) {
    case Reveal::logits:
      builder_.emit_last(step::RevealLogits{}, builder_.in_ring(scores, Width(bits)));
      return;
    case Reveal::best_class:
      builder_.emit_last(step::RevealArgMax{}, builder_.in_ring(scores, Width(bits + 1)));
      return;
    case Reveal::top_k:
      if (options_->top_k < 1 || static_cast<std::size_t>(options_->top_k) > count)
        fail(ErrorCode::usage, "--reveal top{}: the network has {} classes; choose 1 to {}", options_->top_k,
             count, count);
      reveal_top_k(scores, count);
      return;
  }
}

void Lowering::reveal_top_k(NodeId scores, std::size_t count) {
  const TensorType& type = graph_->nodes[scores].type;
  const auto k = static_cast<std::size_t>(options_->top_k);
  static_cast<void>(Width(type.bits + 1 + top_k_index_width(count, k).bits()));  // the ring of its keys
  ValueId x = builder_.in_ring(scores, Width(type.bits + 1));
  // Padding keys carry the least signed value, so unsigned scores are moved to the signed range.
  if (!type.is_signed)
    x = builder_.emit_like(step::AddConstant{std::uint64_t{0} - (std::uint64_t{1} << (type.bits - 1))}, x);
  builder_.emit_last(step::RevealTopK{options_->top_k}, x);
}

}  // namespace privquant
