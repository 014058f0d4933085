// The exact price of whole networks: each is computed once, many in parallel.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "search/bit_search.h"

namespace privquant {

/// The index of each layer's candidate.
using Selection = std::vector<std::size_t>;

NetworkWidths widths_of(const SearchProblem& problem, const Selection& choice);
double sensitivity_of(const SearchProblem& problem, const Selection& choice);

/// The problem must outlive it.
class ExactPrice {
 public:
  explicit ExactPrice(const SearchProblem& problem) : problem_(&problem) {}

  /// @throws Error(internal) if the price is no finite number, and whatever the problem's price and poll throw.
  double operator()(const Selection& choice);
  /// Computes what is not known yet, in parallel; polls every now and then.
  void prepare(std::vector<Selection> choices);
  void poll() const {
    if (problem_->poll) problem_->poll();
  }
  /// Of the problem's price so far.
  std::size_t evaluations() const { return known_.size(); }

 private:
  double evaluate(const Selection& choice) const;

  const SearchProblem* problem_;
  std::map<Selection, double> known_;
};

}  // namespace privquant
