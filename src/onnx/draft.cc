#include "onnx/draft.h"

#include <algorithm>
#include <cmath>

#include "nn/limits.h"
#include "nn/overloaded.h"
#include "nn/text.h"

namespace privquant {

namespace {

constexpr int clip_bits = 24;  // a float's precision

/// high = integer · 2^exponent with the smallest integer there is at a float's precision.
void set_clip(double high, Node& node) {
  int exponent = 0;
  auto integer = static_cast<std::int64_t>(std::llround(std::ldexp(std::frexp(high, &exponent), clip_bits)));
  exponent -= clip_bits;
  for (; integer != 0 && integer % 2 == 0; integer /= 2) ++exponent;
  node.op = Clip{0, integer};
  node.type.exponent = exponent;
}

bool is_good_name(const std::string& name) {
  // Room for a number that makes it unique.
  return !name.empty() && name.size() + 8 <= max_name_bytes && is_printable(name);
}

}  // namespace

Draft::Draft(const std::string& name, const Shape& input, bool quantised) : quantised_(quantised) {
  // Until the picture is rounded: so fine that no layer behind it seems too coarse for what it is rounded to.
  constexpr TensorType fine_picture{8, false, -24};
  graph_.name = is_good_name(name) ? name : "network";
  graph_.nodes.push_back({"input", Input{}, {}, quantised ? fine_picture : unquantised, input});
  names_.insert("input");
  details_.emplace_back();
  details_.back().rounded = true;
}

NodeId Draft::add(const std::string& name, const Operator& op, std::vector<NodeId> inputs,
                  const TensorType& type) {
  Node node{is_good_name(name) ? name : operator_name(op), op, std::move(inputs), type, {}};
  const std::string wished = node.name;
  for (std::size_t number = graph_.nodes.size(); !names_.insert(node.name).second; ++number) {
    node.name = wished + "_" + std::to_string(number);
  }
  node.shape = infer_shape(graph_, node);
  if (quantised_) node.type = type_of(node);
  DraftDetails details;
  details.rounded =
      std::holds_alternative<Requantise>(op) ||
      (!is_accumulator(op) && std::all_of(node.inputs.begin(), node.inputs.end(),
                                          [&](NodeId input) { return details_[input].rounded; }));
  graph_.nodes.push_back(std::move(node));
  details_.push_back(std::move(details));
  return graph_.nodes.size() - 1;
}

TensorType Draft::type_of(const Node& node) const {
  TensorType type = node.type;
  type.exponent = infer_exponent(graph_, node);
  const auto as_input = [&](const auto&) { return graph_.nodes[node.inputs[0]].type; };
  const auto nonnegative = [&] {
    type.is_signed = false;
    return type;
  };
  return std::visit(Overloaded{
                        [&](const Relu&) { return nonnegative(); },
                        [&](const Clip& clip) { return clip.low >= 0 ? nonnegative() : type; },
                        [&](const MaxPool& op) { return as_input(op); },
                        [&](const Flatten& op) { return as_input(op); },
                        [&](const Concat& op) { return as_input(op); },
                        [&](const PadChannels& op) { return as_input(op); },
                        [&](const auto&) { return type; },
                    },
                    node.op);
}

void Draft::keep_only_what_gives(NodeId output) {
  std::vector<bool> needed(size());
  needed[0] = needed[output] = true;
  for (NodeId id = output; id > 0; --id) {
    if (!needed[id]) continue;
    for (const NodeId input : graph_.nodes[id].inputs) needed[input] = true;
  }
  std::vector<NodeId> place(size());
  NodeId next = 0;
  for (NodeId id = 0; id <= output; ++id) {
    if (!needed[id]) continue;
    place[id] = next;
    Node node = std::move(graph_.nodes[id]);
    for (NodeId& input : node.inputs) input = place[input];
    DraftDetails details = std::move(details_[id]);
    graph_.nodes[next] = std::move(node);
    details_[next] = std::move(details);
    ++next;
  }
  graph_.nodes.resize(next);
  details_.resize(next);
}

RealModel Draft::finish() {
  RealModel model;
  model.weights.reserve(size());
  for (NodeId id = 0; id < size(); ++id) {
    if (std::holds_alternative<Clip>(graph_.nodes[id].op)) set_clip(details_[id].clip_high, graph_.nodes[id]);
    model.weights.push_back(std::move(details_[id].weights));
  }
  model.graph = std::move(graph_);
  return model;
}

}  // namespace privquant
