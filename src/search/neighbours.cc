#include <algorithm>
#include <map>
#include <set>

#include "search/network_price.h"

namespace privquant {
namespace {

constexpr int most_requantise_to_reader = 2;
constexpr int most_requantise_to_meeting = 1;

bool is_weighted(const Operator& op) {
  return std::holds_alternative<Conv2d>(op) || std::holds_alternative<Linear>(op);
}

// By layer: the fewest Requantise between its result and a node's.
using Sources = std::map<std::size_t, int>;

using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

void add_meetings(const Sources& left, const Sources& right, Pairs& pairs) {
  for (const auto& [a, steps_a] : left) {
    for (const auto& [b, steps_b] : right) {
      if (a != b && std::max(steps_a, steps_b) <= most_requantise_to_meeting) pairs.insert(std::minmax(a, b));
    }
  }
}

/// The tensor that a layer reads, before it is narrowed for it.
NodeId origin_of(const Graph& graph, NodeId id) {
  while (std::holds_alternative<Requantise>(graph.nodes[id].op) ||
         std::holds_alternative<Flatten>(graph.nodes[id].op))
    id = graph.nodes[id].inputs[0];
  return id;
}

}  // namespace

std::vector<NodeId> weighted_nodes(const Graph& graph) {
  std::vector<NodeId> ids;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    if (is_weighted(graph.nodes[id].op)) ids.push_back(id);
  }
  return ids;
}

std::vector<std::pair<std::size_t, std::size_t>> neighbours_of(const Graph& graph) {
  std::vector<Sources> sources(graph.nodes.size());
  std::map<NodeId, std::vector<std::size_t>> readers_of;
  Pairs pairs;
  std::size_t layers = 0;
  for (NodeId id = 0; id < graph.nodes.size(); ++id) {
    const Node& node = graph.nodes[id];
    if (is_weighted(node.op)) {
      const std::size_t layer = layers++;
      for (const auto& [source, steps] : sources[node.inputs[0]]) pairs.emplace(source, layer);
      for (const std::size_t sibling : readers_of[origin_of(graph, node.inputs[0])])
        pairs.emplace(sibling, layer);
      readers_of[origin_of(graph, node.inputs[0])].push_back(layer);
      sources[id] = {{layer, 0}};
      continue;
    }
    const int more = std::holds_alternative<Requantise>(node.op) ? 1 : 0;
    for (const NodeId input : node.inputs) {
      add_meetings(sources[id], sources[input], pairs);
      for (const auto& [source, steps] : sources[input]) {
        if (steps + more > most_requantise_to_reader) continue;
        const auto [place, fresh] = sources[id].emplace(source, steps + more);
        if (!fresh) place->second = std::min(place->second, steps + more);
      }
    }
  }
  return {pairs.begin(), pairs.end()};
}

}  // namespace privquant
