#include "search/network_price.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "base/error.h"
#include "plan/plan_report.h"
#include "search/layer_table.h"
#include "search/narrowed_network.h"
#include "search/price_model.h"

namespace privquant {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

Node node(std::string name, const Operator& op, std::vector<NodeId> inputs) {
  return {std::move(name), op, std::move(inputs), {8, true, 0}, {1, 1, 1}};
}

TEST(Neighbours, OfAChainFollowEachOther) {
  Graph graph;
  graph.nodes = {node("input", Input{}, {}),   node("a", Conv2d{}, {0}),      node("ra", Requantise{}, {1}),
                 node("pool", MaxPool{}, {2}), node("b", Conv2d{}, {3}),      node("relu", Relu{}, {4}),
                 node("clip", Clip{}, {5}),    node("rb", Requantise{}, {6}), node("flat", Flatten{}, {7}),
                 node("c", Linear{}, {8})};
  EXPECT_EQ(weighted_nodes(graph), (std::vector<NodeId>{1, 4, 9}));
  EXPECT_EQ(neighbours_of(graph), (Pairs{{0, 1}, {1, 2}}));
}

TEST(Neighbours, MeetInAnAddAndReadOneTensor) {
  // a → r → (b, c) → add → r → d
  Graph graph;
  graph.nodes = {node("input", Input{}, {}), node("a", Conv2d{}, {0}),          node("r", Requantise{}, {1}),
                 node("b", Conv2d{}, {2}),   node("narrow", Requantise{}, {2}), node("c", Conv2d{}, {4}),
                 node("add", Add{}, {3, 5}), node("s", Requantise{}, {6}),      node("d", Conv2d{}, {7})};
  EXPECT_EQ(neighbours_of(graph), (Pairs{{0, 1}, {0, 2}, {1, 2}, {1, 3}, {2, 3}}));
}

TEST(Neighbours, EndBehindTheThirdRequantise) {
  Graph graph;
  graph.nodes = {node("input", Input{}, {}),   node("a", Conv2d{}, {0}), node("r", Requantise{}, {1}),
                 node("s", Requantise{}, {2}), node("b", Conv2d{}, {3}), node("add", Add{}, {4, 3}),
                 node("t", Requantise{}, {5}), node("c", Conv2d{}, {6})};
  // c reads a's result through r, s and t.
  EXPECT_EQ(neighbours_of(graph), (Pairs{{0, 1}, {1, 2}}));
}

TEST(NetworkPrice, IsIknpsUnlessAnotherExtensionIsNamed) {
  const Graph graph = NarrowedNetwork("tiny")({{8, 8}, {4, 5}, {3, 4}, {8, 8}}).graph;
  PriceOptions options;
  const double price = price_of(graph, options);
  options.plan.extension = OtExtension::iknp;
  EXPECT_EQ(price_of(graph, options), price);
  options.plan.extension = OtExtension::softspoken8;
  EXPECT_LT(price_of(graph, options), price);
}

TEST(NetworkPrice, IsThatOfThePlan) {
  const NarrowedNetwork network("tiny");
  const NetworkWidths widths{{8, 8}, {4, 5}, {3, 4}, {8, 8}};
  const Graph graph = network(widths).graph;
  const LinkShape link{1e7, 0.02};
  const PlanReport report = report_on(make_plan(graph, {}), default_calibration(), link, 0);
  std::uint64_t linear = 0;
  for (const LayerReport& layer : report.layers) {
    const auto found = layer.by_functionality.find("convolve");
    if (found != layer.by_functionality.end()) linear += found->second;
  }
  PriceOptions options;
  options.link = link;
  const auto price = [&](PriceUnit unit) {
    options.unit = unit;
    return network_price(std::cref(network), options)(widths);
  };
  EXPECT_EQ(price(PriceUnit::bytes), static_cast<double>(report.bytes()));
  EXPECT_NEAR(price(PriceUnit::linear_bytes), static_cast<double>(linear),
              0.01 * static_cast<double>(linear));
  EXPECT_LT(price(PriceUnit::linear_bytes), price(PriceUnit::bytes));
  // Seconds are of the plan that a session on this link makes.
  PlanOptions of_link;
  of_link.round_bytes = round_bytes_of(link);
  const PlanReport session = report_on(make_plan(graph, of_link), default_calibration(), link, 0);
  EXPECT_DOUBLE_EQ(price(PriceUnit::seconds), session.time.seconds());
  EXPECT_LT(session.time.seconds(), report.time.seconds());
}

TEST(NetworkPrice, IsRoundedUpWhereItIsShown) {
  EXPECT_EQ(price_text(PriceUnit::bytes, 12345678.2), "12345679 bytes (12.4 MB)");
  EXPECT_EQ(price_text(PriceUnit::seconds, 1.23401), "1.235 s");
}

TEST(NetworkPrice, OfASmallNetworkIsModelledExactly) {
  const NarrowedNetwork network("tiny");
  const SearchProblem problem = narrowing_problem(network, {2, 4, 6, 8}, {3, 4, 6, 8}, {});
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  std::mt19937_64 random(1);
  for (int i = 0; i < 40; ++i) {
    Selection choice;
    for (const auto& candidates : problem.candidates) choice.push_back(random() % candidates.size());
    EXPECT_NEAR(model(choice), exact(choice), 1e-3 * exact(choice));
  }
}

TEST(NetworkPrice, OfResNet20IsModelledWithinOnePercent) {
  const NarrowedNetwork network("resnet20");
  SearchProblem problem = narrowing_problem(network, {2, 4, 8}, {4, 8}, {});
  const double widest_price = problem.price(widest(problem));
  problem.negligible = 1e-5 * widest_price;
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  std::mt19937_64 random(1);
  for (int i = 0; i < 30; ++i) {
    Selection choice;
    for (const auto& candidates : problem.candidates) choice.push_back(random() % candidates.size());
    EXPECT_NEAR(model(choice), exact(choice), 0.01 * exact(choice));
  }
}

TEST(NetworkPrice, OfResNet20IsKeptBelowEachBound) {
  const NarrowedNetwork network("resnet20");
  SearchProblem problem = narrowing_problem(network, {2, 3, 4, 8}, {4, 8}, {});
  const double widest_price = problem.price(widest(problem));
  problem.negligible = 1e-5 * widest_price;
  WidthSearch search(problem);
  double last = 0;
  for (const double fraction : {0.6, 0.45, 0.37}) {
    problem.most = fraction * widest_price;
    const SearchResult result = search.at_most(problem.most);
    EXPECT_LE(result.price, problem.most);
    EXPECT_GT(result.price, 0.95 * problem.most);
    EXPECT_EQ(result.price, problem.price(result.widths));
    EXPECT_LE(result.sensitivity, search_by_order(problem).sensitivity);
    EXPECT_LT(result.gap, 0.05);
    EXPECT_GE(result.sensitivity, last);
    last = result.sensitivity;
  }
  EXPECT_THROW((void)search.at_most(0.05 * widest_price), Error);
}

TEST(LayerTable, SharesAddUpToThePrice) {
  const NarrowedNetwork network("tiny");
  const NetworkWidths widths{{8, 8}, {4, 5}, {3, 4}, {8, 8}};
  const Graph graph = network(widths).graph;
  PriceOptions options;
  for (const PriceUnit unit : {PriceUnit::bytes, PriceUnit::linear_bytes, PriceUnit::seconds}) {
    options.unit = unit;
    const std::vector<LayerRow> rows = layer_table(graph, widths, {0.1, 0.2, 0.3, 0.4}, options);
    ASSERT_EQ(rows.size(), widths.size());
    double shares = 0;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].name, graph.nodes[weighted_nodes(graph)[i]].name);
      EXPECT_EQ(rows[i].widths, widths[i]);
      EXPECT_GT(rows[i].share, 0);
      EXPECT_GT(rows[i].accumulator_bits, 8);
      shares += rows[i].share;
      bytes += rows[i].bytes;
    }
    EXPECT_NEAR(shares, 1, 1e-9);
    EXPECT_EQ(static_cast<double>(bytes), price_of(graph, {}));
  }
}

}  // namespace
}  // namespace privquant
