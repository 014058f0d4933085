#include "quant/channel_classes.h"

#include <map>
#include <numeric>

#include "nn/overloaded.h"

namespace privquant {
namespace {

/// Disjoint sets of all channels of all nodes.
class Joiner {
 public:
  explicit Joiner(const Graph& graph) : graph_(graph) {
    std::size_t channels = 0;
    first_.reserve(graph.nodes.size());
    for (const Node& node : graph.nodes) {
      first_.push_back(channels);
      channels += channels_of(node);
    }
    parent_.resize(channels);
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    pinned_.resize(channels);
    pin(0);
    for (NodeId id = 1; id < graph.nodes.size(); ++id) join(id);
    pin(graph.nodes.size() - 1);
  }

  ChannelClasses take() {
    ChannelClasses result;
    std::map<std::size_t, std::size_t> numbers;
    result.of.resize(graph_.nodes.size());
    for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
      result.of[id].reserve(channels_of(graph_.nodes[id]));
      for (std::size_t c = 0; c < channels_of(graph_.nodes[id]); ++c) {
        const std::size_t root = find(first_[id] + c);
        result.of[id].push_back(numbers.emplace(root, numbers.size()).first->second);
      }
    }
    result.pinned.resize(numbers.size());
    for (const auto& [root, number] : numbers) result.pinned[number] = pinned_[root];
    return result;
  }

 private:
  static std::size_t channels_of(const Node& node) { return static_cast<std::size_t>(node.shape.channels); }

  std::size_t find(std::size_t slot) {
    while (parent_[slot] != slot) {
      parent_[slot] = parent_[parent_[slot]];
      slot = parent_[slot];
    }
    return slot;
  }

  /// Channel `a` of node `first` with channel `b` of node `second`.
  void tie(NodeId first, std::size_t a, NodeId second, std::size_t b) {
    const std::size_t one = find(first_[first] + a);
    const std::size_t other = find(first_[second] + b);
    parent_[one] = other;
    pinned_[other] = pinned_[other] || pinned_[one];
  }

  void tie_each(NodeId id, NodeId input) {
    for (std::size_t c = 0; c < channels_of(graph_.nodes[id]); ++c) tie(id, c, input, c);
  }

  void pin(NodeId id) {
    for (std::size_t c = 0; c < channels_of(graph_.nodes[id]); ++c) pinned_[find(first_[id] + c)] = true;
  }

  void join(NodeId id) {
    const Node& node = graph_.nodes[id];
    std::visit(Overloaded{[](const Conv2d&) {}, [](const Linear&) {},
                          [&](const Clip& clip) {
                            tie_each(id, node.inputs[0]);
                            if (clip.low != 0) pin(id);
                          },
                          [&](const Flatten&) {
                            const Shape& shape = graph_.nodes[node.inputs[0]].shape;
                            const std::size_t area =
                                shape.elements() / static_cast<std::size_t>(shape.channels);
                            for (std::size_t c = 0; c < channels_of(node); ++c)
                              tie(id, c, node.inputs[0], c / area);
                          },
                          [&](const Concat&) {
                            std::size_t c = 0;
                            for (const NodeId input : node.inputs) {
                              for (std::size_t i = 0; i < channels_of(graph_.nodes[input]); ++i)
                                tie(id, c++, input, i);
                            }
                          },
                          [&](const PadChannels& pad) {
                            const auto before = static_cast<std::size_t>(pad.before);
                            for (std::size_t c = 0; c < channels_of(graph_.nodes[node.inputs[0]]); ++c)
                              tie(id, before + c, node.inputs[0], c);
                          },
                          [&](const ArgMax&) { pin(node.inputs[0]); },
                          [&](const auto&) {
                            for (const NodeId input : node.inputs) tie_each(id, input);
                          }},
               node.op);
  }

  const Graph& graph_;
  std::vector<std::size_t> first_;  ///< by node: its channels' first number
  std::vector<std::size_t> parent_;
  std::vector<bool> pinned_;  ///< of roots
};

}  // namespace

ChannelClasses channel_classes(const Graph& graph) { return Joiner(graph).take(); }

}  // namespace privquant
