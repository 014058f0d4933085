#include "quant/real_form.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "nn/node_error.h"
#include "nn/overloaded.h"
#include "nn/real_model.h"

namespace privquant {
namespace {

class Builder {
 public:
  explicit Builder(const Graph& quantised) : place_(quantised.nodes.size()) {
    result_.name = quantised.name;
    result_.preprocessing = quantised.preprocessing;
    result_.labels = quantised.labels;
    for (NodeId id = 0; id < quantised.nodes.size(); ++id) place_[id] = place(quantised.nodes[id]);
  }

  Graph take() { return std::move(result_); }

 private:
  NodeId place(const Node& node) {
    if (std::holds_alternative<ArgMax>(node.op))
      fail_node(node, "has no gradient; train the network without it");
    if (!std::holds_alternative<Requantise>(node.op)) return append(node, node.op);
    const NodeId from = place_[node.inputs[0]];
    return node.type.is_signed || nonnegative_[from] ? from : append(node, Relu{});
  }

  NodeId append(const Node& quantised, Operator op) {
    Node node{quantised.name, std::move(op), {}, unquantised, {}};
    if (auto* conv = std::get_if<Conv2d>(&node.op)) conv->weight_type = {};
    if (auto* linear = std::get_if<Linear>(&node.op)) linear->weight_type = {};
    if (std::holds_alternative<Clip>(node.op)) node.type.exponent = quantised.type.exponent;
    for (const NodeId input : quantised.inputs) node.inputs.push_back(place_[input]);
    node.shape = std::holds_alternative<Input>(node.op) ? quantised.shape : infer_shape(result_, node);
    nonnegative_.push_back(is_nonnegative(node));
    result_.nodes.push_back(std::move(node));
    return result_.nodes.size() - 1;
  }

  bool is_nonnegative(const Node& node) const {
    const auto of_inputs = [&] {
      return std::all_of(node.inputs.begin(), node.inputs.end(),
                         [&](NodeId input) { return nonnegative_[input]; });
    };
    return std::visit(Overloaded{[](const Input&) { return false; }, [](const Conv2d&) { return false; },
                                 [](const Linear&) { return false; }, [](const Relu&) { return true; },
                                 [&](const Clip& clip) { return clip.low >= 0 || of_inputs(); },
                                 [&](const auto&) { return of_inputs(); }},
                      node.op);
  }

  std::vector<NodeId> place_;      ///< by node of the quantised graph
  std::vector<bool> nonnegative_;  ///< by node of the result
  Graph result_;
};

}  // namespace

Graph real_form(const Graph& quantised) { return Builder(quantised).take(); }

}  // namespace privquant
