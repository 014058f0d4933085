#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "mpc/convolution_copies.h"
#include "mpc/maximum.h"
#include "plan/lower.h"

namespace privquant {
namespace {

// Of one layer after im2col: what fits a 32-bit index, and far more than any known network has.
constexpr std::size_t max_copies = std::size_t{1} << 31;

ConvolutionShape convolution_shape(const Shape& in, const Shape& out, const Window& w, int groups) {
  return {in.channels,      in.height,       in.width,       out.channels,
          out.height,       out.width,       groups,         w.kernel_height,
          w.kernel_width,   w.stride_height, w.stride_width, w.dilation_height,
          w.dilation_width, w.pad_top,       w.pad_left};
}

PoolShape pool_shape(const Shape& in, const Shape& out, const Window& w) {
  return {in.channels,      in.height,      in.width,        out.height,     out.width,
          w.kernel_height,  w.kernel_width, w.stride_height, w.stride_width, w.dilation_height,
          w.dilation_width, w.pad_top,      w.pad_left};
}

// Turns nodes into steps one after the other.
class Lowering {
 public:
  Lowering(const Graph& graph, const PlanOptions& options)
      : graph_(graph), wanted_(wanted_widths(graph, options)) {
    plan_.options = options;
    plan_.value_of_node.resize(graph.nodes.size());
  }

  Plan run() {
    for (node_ = 0; node_ < graph_.nodes.size(); ++node_) {
      naming_the_layer([&] { lower(graph_.nodes[node_]); });
    }
    node_ = graph_.nodes.size() - 1;
    naming_the_layer([&] { reveal(); });
    return std::move(plan_);
  }

 private:
  template <typename Body>
  void naming_the_layer(Body&& body) const {
    try {
      body();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::model) throw;
      fail(ErrorCode::model, "layer '{}': {}", graph_.nodes[node_].name, error.what());
    }
  }

  void lower(const Node& node) {
    ValueId x = std::visit([&](const auto& op) { return lower_operator(node, op); }, node.op);
    // Values fit their type, but an operator that only narrows what it gets may stand in a smaller ring. They
    // are read there as its input is.
    if (plan_.values[x].width.bits() < node.type.bits)
      x = extend(x, Width(node.type.bits), input(node).type.is_signed);
    plan_.value_of_node[node_] = x;
  }

  ValueId lower_operator(const Node& node, const Input&) {
    return emit(step::ShareInput{}, {}, Width(wanted_[node_]), node.shape.elements());
  }
  ValueId lower_operator(const Node& node, const Conv2d& op) {
    return convolve(node, convolution_shape(input(node).shape, node.shape, op.window, op.groups));
  }
  ValueId lower_operator(const Node& node, const Linear&) {
    const Shape in{static_cast<int>(input(node).shape.elements()), 1, 1};
    return convolve(node, convolution_shape(in, node.shape, Window{}, 1));
  }
  ValueId lower_operator(const Node& node, const Add&) {
    const Width width(std::max(node.type.bits, wanted_[node_]));
    const auto aligned = [&](NodeId operand) {
      const ValueId value = in_ring(operand, width);
      const int shift = graph_.nodes[operand].type.exponent - node.type.exponent;
      return shift == 0 ? value : emit_like(step::ShiftLeft{shift}, value, width);
    };
    const ValueId left = aligned(node.inputs[0]);
    const ValueId right = aligned(node.inputs[1]);
    return emit(step::Add{}, {left, right}, width, node.shape.elements());
  }
  ValueId lower_operator(const Node& node, const Relu&) {
    const TensorType& type = input(node).type;
    if (!type.is_signed) return value(node.inputs[0]);
    return emit_like(step::Relu{}, in_ring(node.inputs[0], Width(std::max(type.bits, wanted_[node_]))));
  }
  ValueId lower_operator(const Node& node, const Clip& op) {
    const ClipFacts facts = clip_facts(input(node).type, op);
    if (!facts.above && !facts.below) return value(node.inputs[0]);
    ValueId x = in_ring(node.inputs[0], Width(facts.width));
    if (facts.below) x = emit_like(step::ClipBelow{op.low}, x);
    if (facts.above) x = emit_like(step::ClipAbove{op.high}, x);
    return x;
  }
  ValueId lower_operator(const Node& node, const Requantise&) {
    const RequantiseFacts facts = requantise_facts(graph_, node_);
    ValueId x = in_ring(node.inputs[0], Width(facts.input_width));
    if (facts.rounding != 0) x = emit_like(step::AddConstant{facts.rounding}, x);
    if (facts.shift != 0)
      x = emit_like(step::TruncateReduce{facts.shift}, x, Width(facts.input_width - facts.shift));
    if (facts.clips_below) {
      x = node.type.min() == 0 ? emit_like(step::Relu{}, x) : emit_like(step::ClipBelow{node.type.min()}, x);
    }
    if (facts.clips_above) x = emit_like(step::ClipAbove{node.type.max()}, x);
    // The clipped value fits its type; the ring keeps what consumers want as far as it is there.
    const int here = plan_.values[x].width.bits();
    const int keep = wanted_[node_] <= here ? wanted_[node_] : std::min(here, node.type.bits);
    return keep < here ? emit_like(step::Narrow{}, x, Width(keep)) : x;
  }
  ValueId lower_operator(const Node& node, const MaxPool& op) {
    const Width width(std::max(node.type.bits + 1, wanted_[node_]));
    return emit(step::MaxPool{pool_shape(input(node).shape, node.shape, op.window)},
                {in_ring(node.inputs[0], width)}, width, node.shape.elements());
  }
  ValueId lower_operator(const Node& node, const AvgPool& op) { return sum_pool(node, op.window); }
  ValueId lower_operator(const Node& node, const GlobalAvgPool&) {
    Window window;
    window.kernel_height = input(node).shape.height;
    window.kernel_width = input(node).shape.width;
    return sum_pool(node, window);
  }
  ValueId lower_operator(const Node& node, const Flatten&) { return value(node.inputs[0]); }
  ValueId lower_operator(const Node& node, const Concat&) {
    const Width width(node.type.bits);
    std::vector<ValueId> parts;
    for (const NodeId operand : node.inputs) parts.push_back(in_ring(operand, width));
    return emit(step::Concat{}, std::move(parts), width, node.shape.elements());
  }
  // The reveal computes the index of its operand.
  ValueId lower_operator(const Node& node, const ArgMax&) { return value(node.inputs[0]); }

  void reveal() {
    const Node& output = graph_.output();
    const bool ends_in_argmax = std::holds_alternative<ArgMax>(output.op);
    Reveal reveal = plan_.options.reveal;
    if (ends_in_argmax) {
      if (reveal == Reveal::top_k)
        fail(ErrorCode::usage,
             "this network ends in ArgMax: only its class can be revealed; use --reveal class");
      reveal = Reveal::best_class;
    }
    const NodeId scores = ends_in_argmax ? output.inputs[0] : node_;
    const std::size_t count = graph_.nodes[scores].shape.elements();
    if (ends_in_argmax) plan_.value_of_node[node_].reset();
    const int bits = graph_.nodes[scores].type.bits;
    switch (reveal) {
      case Reveal::logits:
        add_step(step::RevealLogits{}, {in_ring(scores, Width(bits))}, std::nullopt);
        return;
      case Reveal::best_class:
        add_step(step::RevealArgMax{}, {in_ring(scores, Width(bits + 1))}, std::nullopt);
        return;
      case Reveal::top_k:
        if (plan_.options.top_k < 1 || static_cast<std::size_t>(plan_.options.top_k) > count)
          fail(ErrorCode::usage, "--reveal top{}: the network has {} classes; choose 1 to {}",
               plan_.options.top_k, count, count);
        reveal_top_k(scores, count);
        return;
    }
  }

  void reveal_top_k(NodeId scores, std::size_t count) {
    const TensorType& type = graph_.nodes[scores].type;
    const auto k = static_cast<std::size_t>(plan_.options.top_k);
    static_cast<void>(Width(type.bits + 1 + top_k_index_width(count, k).bits()));  // the ring of its keys
    ValueId x = in_ring(scores, Width(type.bits + 1));
    // Padding keys carry the least signed value, so unsigned scores are moved to the signed range.
    if (!type.is_signed)
      x = emit_like(step::AddConstant{std::uint64_t{0} - (std::uint64_t{1} << (type.bits - 1))}, x);
    add_step(step::RevealTopK{plan_.options.top_k}, {x}, std::nullopt);
  }

  ValueId convolve(const Node& node, const ConvolutionShape& shape) {
    const TensorType& type = input(node).type;
    if (count_convolution_copies(shape) > max_copies)
      fail(ErrorCode::model, "more than {} inputs to multiply; the network is too large", max_copies);
    const LinearWidths widths{Width(type.bits), Width(std::max({node.type.bits, wanted_[node_], type.bits})),
                              type.is_signed};
    return emit(step::Convolve{shape, widths}, {in_ring(node.inputs[0], widths.input)}, widths.accumulator,
                node.shape.elements());
  }

  ValueId sum_pool(const Node& node, const Window& window) {
    const Width width(std::max(node.type.bits, wanted_[node_]));
    return emit(step::SumPool{pool_shape(input(node).shape, node.shape, window)},
                {in_ring(node.inputs[0], width)}, width, node.shape.elements());
  }

  const Node& input(const Node& node) const { return graph_.nodes[node.inputs[0]]; }
  ValueId value(NodeId node) const { return *plan_.value_of_node[node]; }

  // A node's result in a given ring: narrowed for nothing, or extended from its type's own width.
  ValueId in_ring(NodeId operand, Width width) {
    ValueId x = value(operand);
    const TensorType& type = graph_.nodes[operand].type;
    PQ_CHECK(plan_.values[x].width.bits() >= type.bits);
    if (plan_.values[x].width == width) return x;
    if (plan_.values[x].width > width) return emit_like(step::Narrow{}, x, width);
    if (plan_.values[x].width.bits() > type.bits) x = emit_like(step::Narrow{}, x, Width(type.bits));
    return extend(x, width, type.is_signed);
  }

  ValueId extend(ValueId x, Width width, bool is_signed) {
    return emit_like(step::Extend{is_signed, KnownMsb::unknown}, x, width);
  }

  ValueId emit(const StepOperation& operation, std::vector<ValueId> inputs, Width width, std::size_t size) {
    plan_.values.push_back({width, size});
    const ValueId output = plan_.values.size() - 1;
    add_step(operation, std::move(inputs), output);
    return output;
  }
  // The result has its input's size.
  ValueId emit_like(const StepOperation& operation, ValueId input, Width width) {
    return emit(operation, {input}, width, plan_.values[input].size);
  }
  ValueId emit_like(const StepOperation& operation, ValueId input) {
    return emit_like(operation, input, plan_.values[input].width);
  }
  void add_step(const StepOperation& operation, std::vector<ValueId> inputs, std::optional<ValueId> output) {
    plan_.steps.push_back({node_, operation, std::move(inputs), output});
  }

  const Graph& graph_;
  std::vector<int> wanted_;
  NodeId node_ = 0;
  Plan plan_;
};

}  // namespace

Plan make_plan(const Graph& graph, const PlanOptions& options) {
  if (options.profile != "sirnn")
    fail(ErrorCode::usage, "unknown profile '{}': there is 'sirnn'", options.profile);
  return Lowering(graph, options).run();
}

std::string to_string(Reveal reveal, int top_k) {
  switch (reveal) {
    case Reveal::logits:
      return "logits";
    case Reveal::best_class:
      return "class";
    default:
      return fmt::format("top{}", top_k);
  }
}

void parse_reveal(const std::string& text, PlanOptions& options) {
  if (text == "logits") {
    options.reveal = Reveal::logits;
    return;
  }
  if (text == "class") {
    options.reveal = Reveal::best_class;
    return;
  }
  if (text.starts_with("top")) {
    int k = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 3, end, k);
    if (error == std::errc() && stop == end && k >= 1) {
      options.reveal = Reveal::top_k;
      options.top_k = k;
      return;
    }
  }
  fail(ErrorCode::usage, "cannot reveal '{}': say 'class', 'logits', or 'topK' with a number such as top5",
       text);
}

}  // namespace privquant
