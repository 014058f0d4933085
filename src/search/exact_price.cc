#include "search/exact_price.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel_for.h"

namespace privquant {
namespace {

constexpr std::size_t portion = 64;  // of prices between two polls: some tenths of a second

}  // namespace

NetworkWidths widths_of(const SearchProblem& problem, const Selection& choice) {
  NetworkWidths widths;
  widths.reserve(choice.size());
  for (std::size_t layer = 0; layer < choice.size(); ++layer)
    widths.push_back(problem.candidates[layer][choice[layer]]);
  return widths;
}

double sensitivity_of(const SearchProblem& problem, const Selection& choice) {
  double sum = 0;
  for (std::size_t layer = 0; layer < choice.size(); ++layer)
    sum += problem.sensitivity[layer][choice[layer]];
  return sum;
}

double ExactPrice::evaluate(const Selection& choice) const {
  const double price = problem_->price(widths_of(*problem_, choice));
  PQ_CHECK(std::isfinite(price));
  return price;
}

double ExactPrice::operator()(const Selection& choice) {
  const auto found = known_.find(choice);
  if (found != known_.end()) return found->second;
  poll();
  return known_.emplace(choice, evaluate(choice)).first->second;
}

void ExactPrice::prepare(std::vector<Selection> choices) {
  std::sort(choices.begin(), choices.end());
  choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
  std::erase_if(choices, [&](const Selection& choice) { return known_.contains(choice); });
  std::vector<double> prices(choices.size());
  for (std::size_t first = 0; first < choices.size(); first += portion) {
    poll();
    parallel_for(
        std::min(portion, choices.size() - first), 1,
        [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = first + begin; i < first + end; ++i) prices[i] = evaluate(choices[i]);
        },
        problem_->threads);
  }
  for (std::size_t i = 0; i < choices.size(); ++i) known_.emplace(choices[i], prices[i]);
}

}  // namespace privquant
