#include "quant/real_form.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/real_model.h"
#include "nn/zoo.h"
#include "quant/quantisable_graph.h"
#include "search/network_price.h"
#include "tiny_graph.h"

namespace privquant {
namespace {

std::size_t count(const Graph& graph, const std::string& name) {
  std::size_t result = 0;
  for (const Node& node : graph.nodes) result += operator_name(node.op) == name ? 1 : 0;
  return result;
}

Graph of_zoo(const std::string& name) { return real_form(make_zoo_model(name, {}, 1).graph); }

TEST(RealForm, OfAResidualNetworkHasItsReLUs) {
  const Graph graph = of_zoo("resnet20");
  EXPECT_NO_THROW(validate_structure(graph));
  // One behind the stem and two in each of nine blocks; the narrowings between them only round.
  EXPECT_EQ(count(graph, "Relu"), 19U);
  EXPECT_EQ(count(graph, "Requantise"), 0U);
  EXPECT_EQ(count(graph, "Add"), 9U);
  EXPECT_EQ(weighted_nodes(graph).size(), 22U);
}

TEST(RealForm, CanBeQuantisedAgain) {
  for (const std::string name : {"resnet20", "minionn", "tiny", "mobilenetv2-tiny", "squeezenet"}) {
    const Graph graph = of_zoo(name);
    const NetworkWidths widths(weighted_nodes(graph).size(), {8, 8});
    EXPECT_NO_THROW(quantisable_graph(graph, widths, 8, {8, true, -6})) << name;
  }
}

TEST(RealForm, LeavesOutRequantiseOfWhatIsNotNegativeAnyway) {
  const Graph graph = real_form(tiny_graph());
  // relu1, relu2, plain_relu3; relu3 and narrow2 find no negative values, signed3 only rounds.
  EXPECT_EQ(count(graph, "Relu"), 3U);
  EXPECT_EQ(graph.output().shape.elements(), 3U);
}

TEST(RealForm, RefusesADecision) {
  Graph graph = tiny_graph();
  Node decision{"decision", ArgMax{}, {graph.nodes.size() - 1}, {2, false, 0}, {}};
  decision.shape = infer_shape(graph, decision);
  graph.nodes.push_back(decision);
  EXPECT_THROW(real_form(graph), Error);
}

}  // namespace
}  // namespace privquant
