#include "search/integer_program.h"

#include <Cbc_C_Interface.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "base/error.h"

namespace privquant {
namespace {

constexpr const char* most_nodes = "200000";
constexpr const char* most_seconds = "60";
// Coefficients are scaled to about 1, where the solver's tolerances (1e-7) are small.
constexpr double proven = 1e-6;

/// Rows and columns in the solver's form: columns one after the other.
class Program {
 public:
  std::size_t add_row(double low, double high) {
    row_low_.push_back(low);
    row_high_.push_back(high);
    return row_low_.size() - 1;
  }
  std::size_t add_column(double objective, double upper) {
    starts_.push_back(static_cast<CoinBigIndex>(rows_.size()));
    objective_.push_back(objective);
    upper_.push_back(upper);
    return objective_.size() - 1;
  }
  /// An entry of the last column.
  void set(std::size_t row, double value) {
    if (value == 0) return;
    rows_.push_back(static_cast<int>(row));
    values_.push_back(value);
  }
  void make_whole(std::size_t column) { whole_.push_back(static_cast<int>(column)); }

  struct Result {
    std::vector<double> values;  ///< empty: there is no solution, or none was found
    double bound = 0;
  };

  Result solve() {
    starts_.push_back(static_cast<CoinBigIndex>(rows_.size()));
    const std::unique_ptr<Cbc_Model, void (*)(Cbc_Model*)> solver(Cbc_newModel(), Cbc_deleteModel);
    PQ_CHECK(solver != nullptr);
    Cbc_setLogLevel(solver.get(), 0);
    const std::vector<double> lower(objective_.size(), 0.0);
    Cbc_loadProblem(solver.get(), static_cast<int>(objective_.size()), static_cast<int>(row_low_.size()),
                    starts_.data(), rows_.data(), values_.data(), lower.data(), upper_.data(),
                    objective_.data(), row_low_.data(), row_high_.data());
    for (const int column : whole_) Cbc_setInteger(solver.get(), column);
    Cbc_setParameter(solver.get(), "maxNodes", most_nodes);
    Cbc_setParameter(solver.get(), "sec", most_seconds);
    Cbc_setParameter(solver.get(), "ratioGap", "1e-7");
    Cbc_solve(solver.get());
    Result result;
    result.bound = Cbc_getBestPossibleObjValue(solver.get());
    const double* values = Cbc_bestSolution(solver.get());
    if (values != nullptr) result.values.assign(values, values + objective_.size());
    return result;
  }

 private:
  std::vector<CoinBigIndex> starts_;
  std::vector<int> rows_;
  std::vector<double> values_, objective_, upper_, row_low_, row_high_;
  std::vector<int> whole_;
};

using ByCandidate = std::vector<std::vector<double>>;

/// `objective`: of each candidate; `pairs`: whether pairs' prices count in the objective. Candidates beyond
/// `room` of their layer's least objective are left out.
class ChoiceProgram {
 public:
  struct Terms {
    const ByCandidate* objective;
    double objective_scale;
    bool pairs_in_objective;
    std::optional<double> most;  ///< bound on the price, less its constant
    double price_scale;
    double room;
  };

  ChoiceProgram(const PriceModel& model, const Terms& terms) : model_(&model), terms_(terms) {
    constexpr double unbounded = std::numeric_limits<double>::lowest();
    if (terms.most) price_row_ = program_.add_row(unbounded, *terms.most / terms.price_scale);
    for (std::size_t layer = 0; layer < model.own.size(); ++layer) one_of_.push_back(program_.add_row(1, 1));
    for (const PairPrice& pair : model.pairs) {
      std::vector<std::size_t>& rows = marginals_.emplace_back();
      rows.reserve(pair.first_classes + pair.second_classes);
      for (std::size_t i = 0; i < pair.first_classes + pair.second_classes; ++i)
        rows.push_back(program_.add_row(0, 0));
    }
    for (std::size_t layer = 0; layer < model.own.size(); ++layer) add_layer(layer);
    for (std::size_t pair = 0; pair < model.pairs.size(); ++pair) add_pair(pair);
  }

  std::optional<std::pair<Selection, double>> solve() {
    const Program::Result result = program_.solve();
    if (result.values.empty()) return std::nullopt;
    Selection choice;
    std::size_t column = 0;
    for (const std::vector<double>& own : model_->own) {
      const auto begin = result.values.begin() + static_cast<std::ptrdiff_t>(column);
      const auto end = begin + static_cast<std::ptrdiff_t>(own.size());
      choice.push_back(static_cast<std::size_t>(std::max_element(begin, end) - begin));
      column += own.size();
    }
    return std::pair{std::move(choice), result.bound * terms_.objective_scale};
  }

 private:
  void add_layer(std::size_t layer) {
    const std::vector<double>& objective = (*terms_.objective)[layer];
    const double least = *std::min_element(objective.begin(), objective.end());
    for (std::size_t i = 0; i < objective.size(); ++i) {
      const double upper = objective[i] - least > terms_.room ? 0 : 1;
      program_.make_whole(program_.add_column(objective[i] / terms_.objective_scale, upper));
      if (terms_.most) program_.set(price_row_, model_->own[layer][i] / terms_.price_scale);
      program_.set(one_of_[layer], 1);
      for (std::size_t p = 0; p < model_->pairs.size(); ++p) {
        const PairPrice& pair = model_->pairs[p];
        if (pair.first == layer) program_.set(marginals_[p][pair.first_class[i]], -1);
        if (pair.second == layer) program_.set(marginals_[p][pair.first_classes + pair.second_class[i]], -1);
      }
    }
  }

  void add_pair(std::size_t index) {
    const PairPrice& pair = model_->pairs[index];
    for (std::size_t row = 0; row < pair.first_classes; ++row) {
      for (std::size_t column = 0; column < pair.second_classes; ++column) {
        const double price = pair.price[row * pair.second_classes + column];
        program_.add_column(terms_.pairs_in_objective ? price / terms_.objective_scale : 0, 1);
        if (terms_.most) program_.set(price_row_, price / terms_.price_scale);
        program_.set(marginals_[index][row], 1);
        program_.set(marginals_[index][pair.first_classes + column], 1);
      }
    }
  }

  const PriceModel* model_;
  Terms terms_;
  Program program_;
  std::size_t price_row_ = 0;
  std::vector<std::size_t> one_of_;
  std::vector<std::vector<std::size_t>> marginals_;
};

double sum_at(const ByCandidate& values, const Selection& choice) {
  double sum = 0;
  for (std::size_t layer = 0; layer < choice.size(); ++layer) sum += values[layer][choice[layer]];
  return sum;
}

double sum_of_least(const ByCandidate& values) {
  double sum = 0;
  for (const std::vector<double>& layer : values) sum += *std::min_element(layer.begin(), layer.end());
  return sum;
}

/// The greatest magnitude; 1 if all are 0.
double scale_of(const ByCandidate& values) {
  double scale = 0;
  for (const std::vector<double>& layer : values) {
    for (const double value : layer) scale = std::max(scale, std::abs(value));
  }
  return scale > 0 ? scale : 1;
}

}  // namespace

std::optional<ProgramSolution> least_sensitivity(const PriceModel& model,
                                                 const std::vector<std::vector<double>>& sensitivity,
                                                 double most, const std::optional<Selection>& start) {
  const double floor = sum_of_least(sensitivity);
  std::optional<ProgramSolution> best;
  if (start) best = {*start, sum_at(sensitivity, *start), floor};
  if (best && best->objective <= floor) return best;
  const double scale = best ? best->objective : scale_of(sensitivity);
  // A little more than the start leaves room, so that the solver has the start, too.
  const double room =
      best ? (best->objective - floor) * (1 + proven) : std::numeric_limits<double>::infinity();
  ChoiceProgram program(model, {&sensitivity, scale, false, most - model.base, scale_of(model.own), room});
  auto solved = program.solve();
  if (!solved) return best;
  auto& [choice, bound] = *solved;
  const double objective = sum_at(sensitivity, choice);
  if (!best || objective < best->objective) best = {std::move(choice), objective, 0};
  best->bound = best->objective - bound <= proven * scale ? best->objective : std::max(bound, floor);
  return best;
}

ProgramSolution least_price(const PriceModel& model) {
  constexpr double unlimited = std::numeric_limits<double>::infinity();
  ChoiceProgram program(model, {&model.own, scale_of(model.own), true, std::nullopt, 1, unlimited});
  const auto solved = program.solve();
  PQ_CHECK(solved.has_value());
  return {solved->first, model(solved->first), model.base + solved->second};
}

}  // namespace privquant
