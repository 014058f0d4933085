#include "search/price_model.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <set>
#include <utility>

namespace privquant {
namespace {

// A pair with so few cells is sampled whole: probing would not take fewer.
constexpr std::size_t cells_sampled_whole = 64;
constexpr int screening_cells = 12;  // beyond the four corners, before a pair counts as independent
constexpr int checked_cells = 12;
// A row and a column differ from their classes' first ones by a tolerance each; some room for rounding.
constexpr double between_classes = 4;
// Sums of doubles are this exact, relative to the price.
constexpr double rounding = 1e-11;

struct Cell {
  std::size_t row = 0, column = 0;
};

std::vector<std::size_t> by_bits(const std::vector<LayerWidths>& candidates) {
  std::vector<std::size_t> order(candidates.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return total_bits(candidates[a]) < total_bits(candidates[b]);
  });
  return order;
}

/// Sampling around one choice.
class Sampler {
 public:
  Sampler(const SearchProblem& problem, ExactPrice& exact) : problem_(&problem), exact_(&exact) {
    center_.reserve(problem.candidates.size());
    // The middle: what lies far from both ends is extrapolated least.
    for (const auto& candidates : problem.candidates)
      center_.push_back(by_bits(candidates)[candidates.size() / 2]);
    tolerance_ = std::max(problem.negligible, rounding * std::abs(exact(center_)));
  }

  const SearchProblem& problem() const { return *problem_; }
  double base() const { return (*exact_)(center_); }
  double tolerance() const { return tolerance_; }

  Selection changed(std::size_t layer, std::size_t candidate) const {
    Selection choice = center_;
    choice[layer] = candidate;
    return choice;
  }
  Selection changed(std::size_t first, std::size_t second, Cell cell) const {
    Selection choice = changed(first, cell.row);
    choice[second] = cell.column;
    return choice;
  }
  double own(std::size_t layer, std::size_t candidate) const {
    return (*exact_)(changed(layer, candidate)) - base();
  }
  double pair(std::size_t first, std::size_t second, Cell cell) const {
    return (*exact_)(changed(first, second, cell)) - base() - own(first, cell.row) - own(second, cell.column);
  }

 private:
  const SearchProblem* problem_;
  ExactPrice* exact_;
  Selection center_;
  double tolerance_ = 0;
};

/// One pair of neighbours, in rounds of requests and conclusions, so that all pairs' cells are computed together.
class PairSampler {
 public:
  PairSampler(const Sampler& sampler, std::size_t first, std::size_t second)
      : sampler_(&sampler), first_(first), second_(second), random_(first * 0x10001 + second) {
    const std::vector<std::size_t> rows = by_bits(sampler.problem().candidates[first]);
    const std::vector<std::size_t> columns = by_bits(sampler.problem().candidates[second]);
    rows_ = rows.size();
    columns_ = columns.size();
    row_probes_ = {rows.front(), rows.back()};
    column_probes_ = {columns.front(), columns.back()};
    if (rows_ * columns_ <= cells_sampled_whole) {
      for (std::size_t row = 0; row < rows_; ++row) row_probes_.insert(row);
      for (std::size_t column = 0; column < columns_; ++column) column_probes_.insert(column);
      screened_ = true;
    }
  }

  bool settled() const { return settled_; }
  /// None if the layers do not depend on each other.
  const std::optional<PairPrice>& result() const { return result_; }

  /// Cells that the next conclusion asks for.
  std::vector<Selection> request() {
    wanted_.clear();
    if (!screened_) {
      for (const std::size_t row : row_probes_) {
        for (const std::size_t column : column_probes_) wanted_.push_back({row, column});
      }
      want_random(screening_cells);
    } else if (!result_) {
      for (std::size_t row = 0; row < rows_; ++row) {
        for (const std::size_t column : column_probes_) wanted_.push_back({row, column});
      }
      for (const std::size_t row : row_probes_) {
        for (std::size_t column = 0; column < columns_; ++column) wanted_.push_back({row, column});
      }
    } else if (result_->price.empty()) {
      for (const std::size_t row : representatives(result_->first_class, result_->first_classes)) {
        for (const std::size_t column : representatives(result_->second_class, result_->second_classes))
          wanted_.push_back({row, column});
      }
    } else {
      want_random(checked_cells);
    }
    std::vector<Selection> choices;
    choices.reserve(wanted_.size());
    for (const Cell& cell : wanted_) choices.push_back(sampler_->changed(first_, second_, cell));
    return choices;
  }

  /// Draws what follows from the cells requested.
  void conclude() {
    if (!screened_) {
      screened_ = true;
      settled_ = std::all_of(wanted_.begin(), wanted_.end(),
                             [&](const Cell& cell) { return std::abs(at(cell)) <= sampler_->tolerance(); });
    } else if (!result_) {
      classify();
    } else if (result_->price.empty()) {
      result_->price.reserve(wanted_.size());
      for (const Cell& cell : wanted_) result_->price.push_back(at(cell));
    } else {
      check();
    }
  }

 private:
  double at(const Cell& cell) const { return sampler_->pair(first_, second_, cell); }

  void want_random(int count) {
    for (int i = 0; i < count; ++i) {
      const std::size_t row = random_() % rows_;
      wanted_.push_back({row, random_() % columns_});
    }
  }

  static std::vector<std::size_t> representatives(const std::vector<std::size_t>& class_of,
                                                  std::size_t count) {
    std::vector<std::size_t> first(count, class_of.size());
    for (std::size_t i = class_of.size(); i-- > 0;) first[class_of[i]] = i;
    return first;
  }

  /// Those whose prices differ by no more than the tolerance from the first one of a class join it.
  std::pair<std::vector<std::size_t>, std::size_t> classes(
      const std::vector<std::vector<double>>& signatures) const {
    std::vector<std::size_t> leaders;
    std::vector<std::size_t> class_of;
    class_of.reserve(signatures.size());
    for (std::size_t i = 0; i < signatures.size(); ++i) {
      const auto alike = [&](std::size_t leader) {
        return std::equal(signatures[i].begin(), signatures[i].end(), signatures[leader].begin(),
                          [&](double a, double b) { return std::abs(a - b) <= sampler_->tolerance(); });
      };
      const auto found = std::find_if(leaders.begin(), leaders.end(), alike);
      class_of.push_back(static_cast<std::size_t>(found - leaders.begin()));
      if (found == leaders.end()) leaders.push_back(i);
    }
    return {std::move(class_of), leaders.size()};
  }

  void classify() {
    std::vector<std::vector<double>> of_rows(rows_);
    for (std::size_t row = 0; row < rows_; ++row) {
      for (const std::size_t column : column_probes_) of_rows[row].push_back(at({row, column}));
    }
    std::vector<std::vector<double>> of_columns(columns_);
    for (std::size_t column = 0; column < columns_; ++column) {
      for (const std::size_t row : row_probes_) of_columns[column].push_back(at({row, column}));
    }
    PairPrice pair{first_, second_, {}, {}, 0, 0, {}};
    std::tie(pair.first_class, pair.first_classes) = classes(of_rows);
    std::tie(pair.second_class, pair.second_classes) = classes(of_columns);
    result_ = std::move(pair);
  }

  void check() {
    const std::vector<std::size_t> rows = representatives(result_->first_class, result_->first_classes);
    const std::vector<std::size_t> columns = representatives(result_->second_class, result_->second_classes);
    settled_ = true;
    for (const Cell& cell : wanted_) {
      if (std::abs(at(cell) - result_->at(cell.row, cell.column)) <= between_classes * sampler_->tolerance())
        continue;
      settled_ = false;
      // With all four as probes this cell is right; so each round has more probes, and there is a last one.
      row_probes_.insert({cell.row, rows[result_->first_class[cell.row]]});
      column_probes_.insert({cell.column, columns[result_->second_class[cell.column]]});
    }
    if (!settled_) return result_.reset();
    const auto none = [&](double price) { return std::abs(price) <= sampler_->tolerance(); };
    if (std::all_of(result_->price.begin(), result_->price.end(), none)) result_.reset();
  }

  const Sampler* sampler_;
  std::size_t first_, second_;
  std::mt19937_64 random_;
  std::size_t rows_ = 0, columns_ = 0;
  std::set<std::size_t> row_probes_, column_probes_;
  std::vector<Cell> wanted_;
  bool screened_ = false;
  bool settled_ = false;
  std::optional<PairPrice> result_;
};

std::set<std::pair<std::size_t, std::size_t>> distinct_neighbours(const SearchProblem& problem) {
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [a, b] : problem.neighbours) {
    if (a != b && problem.candidates[a].size() > 1 && problem.candidates[b].size() > 1)
      pairs.insert(std::minmax(a, b));
  }
  return pairs;
}

}  // namespace

double PriceModel::operator()(const Selection& choice) const {
  double sum = base;
  for (std::size_t layer = 0; layer < choice.size(); ++layer) sum += own[layer][choice[layer]];
  for (const PairPrice& pair : pairs) sum += pair.at(choice[pair.first], choice[pair.second]);
  return sum;
}

PriceModel sample_prices(const SearchProblem& problem, ExactPrice& exact) {
  const Sampler sampler(problem, exact);
  PriceModel model;
  model.base = sampler.base();
  std::vector<Selection> singles;
  for (std::size_t layer = 0; layer < problem.candidates.size(); ++layer) {
    for (std::size_t i = 0; i < problem.candidates[layer].size(); ++i)
      singles.push_back(sampler.changed(layer, i));
  }
  exact.prepare(std::move(singles));
  for (std::size_t layer = 0; layer < problem.candidates.size(); ++layer) {
    std::vector<double>& own = model.own.emplace_back();
    own.reserve(problem.candidates[layer].size());
    for (std::size_t i = 0; i < problem.candidates[layer].size(); ++i) own.push_back(sampler.own(layer, i));
  }

  std::vector<PairSampler> pairs;
  for (const auto& [first, second] : distinct_neighbours(problem)) pairs.emplace_back(sampler, first, second);
  const auto open = [](const PairSampler& pair) { return !pair.settled(); };
  while (std::any_of(pairs.begin(), pairs.end(), open)) {
    std::vector<Selection> choices;
    for (PairSampler& pair : pairs) {
      if (pair.settled()) continue;
      for (Selection& choice : pair.request()) choices.push_back(std::move(choice));
    }
    exact.prepare(std::move(choices));
    for (PairSampler& pair : pairs) {
      if (!pair.settled()) pair.conclude();
    }
  }
  for (const PairSampler& pair : pairs) {
    if (pair.result()) model.pairs.push_back(*pair.result());
  }
  return model;
}

}  // namespace privquant
