// Search problems of random sensitivities and prices, small enough to try every choice.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "search/exact_price.h"

namespace privquant {

enum class Neighbourhood { chain, residual };

/// Prices are whole numbers: a part for each layer that rises with its bits, a part for each pair of neighbours.
class RandomProblem {
 public:
  RandomProblem(std::uint64_t seed, Neighbourhood neighbourhood) : random_(seed) {
    const std::size_t layers = 1 + random_() % 5;
    for (std::size_t layer = 0; layer < layers; ++layer) add_layer();
    for (std::size_t layer = 0; layer + 1 < layers; ++layer) add_pair(layer, layer + 1);
    if (neighbourhood == Neighbourhood::residual) {
      for (std::size_t layer = 0; layer + 2 < layers; ++layer) add_pair(layer, layer + 2);
    }
    problem_.price = [this](const NetworkWidths& widths) { return price(widths); };
    problem_.most = 900 + static_cast<double>(layers * (550 + random_() % 500));
  }
  RandomProblem(const RandomProblem&) = delete;
  RandomProblem& operator=(const RandomProblem&) = delete;

  SearchProblem& problem() { return problem_; }

  double price(const NetworkWidths& widths) const {
    double sum = 1000;
    std::vector<std::size_t> choice;
    for (std::size_t layer = 0; layer < widths.size(); ++layer) {
      std::size_t i = 0;
      while (!(problem_.candidates[layer][i] == widths[layer])) ++i;
      choice.push_back(i);
      sum += own_[layer][i];
    }
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      const auto& [a, b] = problem_.neighbours[p];
      sum += pairs_[p][choice[a]][choice[b]];
    }
    return sum;
  }

  struct Best {
    std::optional<double> sensitivity;  ///< of the best choice that keeps to the bound
    double smallest_price = std::numeric_limits<double>::infinity();
  };
  Best try_all() const {
    Best best;
    Selection choice(problem_.candidates.size(), 0);
    while (true) {
      const double cost = problem_.price(widths_of(problem_, choice));
      const double sensitivity = sensitivity_of(problem_, choice);
      best.smallest_price = std::min(best.smallest_price, cost);
      if (cost <= problem_.most && (!best.sensitivity || sensitivity < *best.sensitivity))
        best.sensitivity = sensitivity;
      std::size_t layer = 0;
      while (layer < choice.size() && ++choice[layer] == problem_.candidates[layer].size())
        choice[layer++] = 0;
      if (layer == choice.size()) return best;
    }
  }

 private:
  void add_layer() {
    std::vector<LayerWidths>& candidates = problem_.candidates.emplace_back();
    std::vector<double>& sensitivity = problem_.sensitivity.emplace_back();
    std::vector<double>& own = own_.emplace_back();
    const int weights = 1 + static_cast<int>(random_() % 3);
    const int inputs = 1 + static_cast<int>(random_() % 2);
    for (int w = 0; w < weights; ++w) {
      for (int x = 0; x < inputs; ++x) {
        candidates.push_back({8 - 2 * w, 8 - 3 * x});
        sensitivity.push_back(static_cast<double>(random_() % 1000) * (1 + w + x) / 1000);
        own.push_back(static_cast<double>(100 * (8 - w - x) + static_cast<int>(random_() % 300)));
      }
    }
  }

  void add_pair(std::size_t a, std::size_t b) {
    problem_.neighbours.emplace_back(a, b);
    auto& table = pairs_.emplace_back();
    for (std::size_t i = 0; i < own_[a].size(); ++i) {
      auto& row = table.emplace_back();
      for (std::size_t j = 0; j < own_[b].size(); ++j) row.push_back(static_cast<double>(random_() % 300));
    }
  }

  std::mt19937_64 random_;
  SearchProblem problem_;
  std::vector<std::vector<double>> own_;
  std::vector<std::vector<std::vector<double>>> pairs_;
};

}  // namespace privquant
