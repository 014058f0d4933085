#include "nn/executor.h"

#include <algorithm>

#include "base/error.h"
#include "nn/operators.h"

namespace privquant {

std::vector<NodeId> last_uses(const Graph& graph) {
  std::vector<NodeId> result(graph.nodes.size());
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    result[id] = id;
    for (const NodeId input : graph.nodes[id].inputs) result[input] = id;
  }
  return result;
}

IntegerTensor run_plaintext(const Model& model, const IntegerTensor& input, const NodeObserver& observe,
                            unsigned threads) {
  const Graph& graph = model.graph;
  const Node& first = graph.input();
  if (input.shape != first.shape || input.type != first.type ||
      input.values.size() != first.shape.elements()) {
    fail(ErrorCode::usage, "the input is {} of {}, but the network takes {} of {}", to_string(input.shape),
         to_string(input.type), to_string(first.shape), to_string(first.type));
  }
  const std::vector<NodeId> last_use = last_uses(graph);
  std::vector<IntegerTensor> results(graph.nodes.size());
  results[0] = input;
  if (observe) observe(0, results[0]);
  for (NodeId id = 1; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    std::vector<const IntegerTensor*> inputs;
    for (const NodeId from : node.inputs) inputs.push_back(&results[from]);
    results[id] = evaluate(node, inputs, model.weights[id] ? &*model.weights[id] : nullptr, threads);
    if (observe) observe(id, results[id]);
    for (const NodeId from : node.inputs) {
      if (last_use[from] == id) results[from] = {};
    }
  }
  return std::move(results.back());
}

std::size_t argmax(const IntegerTensor& tensor) {
  PQ_CHECK(!tensor.values.empty());
  // max_element yields the first of several.
  return static_cast<std::size_t>(
      std::distance(tensor.values.begin(), std::max_element(tensor.values.begin(), tensor.values.end())));
}

}  // namespace privquant
