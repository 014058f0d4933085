#include "search/price_model.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <random>

namespace privquant {
namespace {

/// Layers of 42 candidates, all of them neighbours.
SearchProblem wide_problem(std::size_t layers, std::function<double(const NetworkWidths&)> price) {
  SearchProblem problem;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    std::vector<LayerWidths>& candidates = problem.candidates.emplace_back();
    for (int weights = 2; weights <= 8; ++weights) {
      for (int inputs = 3; inputs <= 8; ++inputs) candidates.push_back({weights, inputs});
    }
    problem.sensitivity.emplace_back(candidates.size(), 0.0);
    for (std::size_t earlier = 0; earlier < layer; ++earlier) problem.neighbours.emplace_back(earlier, layer);
  }
  problem.price = std::move(price);
  return problem;
}

double greatest_error(const SearchProblem& problem, const PriceModel& model) {
  std::mt19937_64 random(7);
  double greatest = 0;
  for (int i = 0; i < 2000; ++i) {
    Selection choice;
    for (const auto& candidates : problem.candidates) choice.push_back(random() % candidates.size());
    greatest = std::max(greatest, std::abs(model(choice) - problem.price(widths_of(problem, choice))));
  }
  return greatest;
}

double product(const LayerWidths& widths) { return widths.weight_bits * widths.input_bits; }

TEST(PriceModel, OfLayersAloneHasNoPairs) {
  const SearchProblem problem = wide_problem(4, [](const NetworkWidths& widths) {
    double price = 5;
    for (const LayerWidths& layer : widths) price += product(layer);
    return price;
  });
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  EXPECT_TRUE(model.pairs.empty());
  EXPECT_LT(greatest_error(problem, model), 1e-9);
  EXPECT_LT(exact.evaluations(), 4 * 42 + 6 * 17);
}

TEST(PriceModel, FindsClasses) {
  // A conversion from the first one's accumulator to what the second one reads.
  const SearchProblem problem = wide_problem(2, [](const NetworkWidths& widths) {
    const int accumulator = widths[0].weight_bits + widths[0].input_bits;
    return product(widths[0]) + product(widths[1]) + 3.0 * accumulator * widths[1].input_bits;
  });
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  ASSERT_EQ(model.pairs.size(), 1U);
  EXPECT_EQ(model.pairs[0].first_classes, 12U);  // sums of 2…8 and 3…8
  EXPECT_EQ(model.pairs[0].second_classes, 6U);
  EXPECT_LT(greatest_error(problem, model), 1e-9);
  EXPECT_LT(exact.evaluations(), 42U * 42 / 4);
}

TEST(PriceModel, LearnsFromCellsThatTheProbesDoNotTellApart) {
  // Between the extremes, some candidates act alike on the extremes but not on each other.
  const SearchProblem problem = wide_problem(2, [](const NetworkWidths& widths) {
    const bool inner = widths[0].weight_bits == 4 || widths[0].weight_bits == 5;
    const double kink = inner && widths[1].input_bits >= 4 && widths[1].input_bits <= 6 ? 20 : 0;
    return product(widths[0]) + widths[0].input_bits * widths[1].weight_bits + kink;
  });
  ExactPrice exact(problem);
  EXPECT_LT(greatest_error(problem, sample_prices(problem, exact)), 1e-9);
}

TEST(PriceModel, TakesPairsWithoutAnyRule) {
  std::mt19937_64 random(3);
  std::vector<double> table(9 * 9 * 9 * 9);
  for (double& price : table) price = static_cast<double>(random() % 1000);
  const SearchProblem problem = wide_problem(2, [&](const NetworkWidths& widths) {
    int place = 0;
    for (const LayerWidths& layer : widths) place = (place * 9 + layer.weight_bits) * 9 + layer.input_bits;
    return table[static_cast<std::size_t>(place)];
  });
  ExactPrice exact(problem);
  EXPECT_LT(greatest_error(problem, sample_prices(problem, exact)), 1e-9);
  EXPECT_LE(exact.evaluations(), 42U * 42);
}

TEST(PriceModel, OverlooksWhatIsNegligible) {
  SearchProblem problem = wide_problem(2, [](const NetworkWidths& widths) {
    return 1000 * product(widths[0]) + 0.01 * product(widths[0]) * product(widths[1]);
  });
  problem.negligible = 50;
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  EXPECT_TRUE(model.pairs.empty());
  EXPECT_LT(greatest_error(problem, model), problem.negligible);
}

TEST(PriceModel, PricesEachChoiceOnce) {
  std::atomic<std::size_t> calls = 0;
  const SearchProblem problem = wide_problem(3, [&](const NetworkWidths& widths) {
    ++calls;
    return product(widths[0]) * product(widths[1]) + product(widths[2]);
  });
  ExactPrice exact(problem);
  const PriceModel model = sample_prices(problem, exact);
  EXPECT_EQ(calls, exact.evaluations());
  EXPECT_EQ(model.pairs.size(), 1U);
}

}  // namespace
}  // namespace privquant
