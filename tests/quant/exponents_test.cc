#include "quant/exponents.h"

#include <gtest/gtest.h>

namespace privquant {
namespace {

TEST(SetExponents, WhatMeetsInConcatsOfConcatsHasOneExponent) {
  Graph graph;
  graph.nodes.push_back({"input", Input{}, {}, {8, false, -8}, {1, 2, 2}});
  const auto add = [&](const char* name, const Operator& op, std::vector<NodeId> inputs) {
    Node node{name, op, std::move(inputs), {8, false, 0}, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
    return graph.nodes.size() - 1;
  };
  const Conv2d conv{Window{}, 1, 1, {8, true, 0}};
  const NodeId a = add("a", Requantise{}, {add("conv_a", conv, {0})});
  const NodeId b = add("b", Requantise{}, {add("conv_b", conv, {0})});
  const NodeId first = add("first", Concat{}, {a, b});
  const NodeId pooled = add("pooled", MaxPool{}, {first});
  const NodeId c = add("c", Requantise{}, {add("conv_c", conv, {first})});
  const NodeId second = add("second", Concat{}, {pooled, c});
  const std::vector<int> wanted{-8, -6, -5, -6, -4, 0, 0, -6, -2, 0};
  set_exponents(graph, [&](NodeId id) { return wanted.at(id); });
  for (const NodeId id : {a, b, c, first, pooled, second}) EXPECT_EQ(graph.nodes[id].type.exponent, -2) << id;
}

TEST(SetExponents, ARequantiseIsNeverFinerThanItsInput) {
  Graph graph;
  graph.nodes.push_back({"input", Input{}, {}, {8, false, -3}, {1, 2, 2}});
  graph.nodes.push_back({"conv", Conv2d{Window{}, 1, 1, {8, true, 0}}, {0}, {}, {1, 2, 2}});
  graph.nodes.push_back({"relu", Requantise{}, {1}, {8, false, 0}, {1, 2, 2}});
  set_exponents(graph, [](NodeId id) { return id == 1 ? -4 : -20; });
  EXPECT_EQ(graph.nodes[1].type.exponent, -7);
  EXPECT_EQ(graph.nodes[2].type.exponent, -7);
}

}  // namespace
}  // namespace privquant
