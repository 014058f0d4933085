#include "search/bit_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "search/by_order.h"
#include "search/exact_price.h"
#include "search/integer_program.h"
#include "search/price_model.h"

namespace privquant {
namespace {

// Each solves the program again under another bound.
constexpr int most_corrections = 8;
// Changes that are priced exactly before the improvement ends.
constexpr int most_attempts = 400;

void check(const SearchProblem& problem) {
  PQ_CHECK(!problem.candidates.empty() && problem.price);
  PQ_CHECK(problem.sensitivity.size() == problem.candidates.size());
  for (std::size_t layer = 0; layer < problem.candidates.size(); ++layer) {
    const std::vector<double>& sensitivity = problem.sensitivity[layer];
    PQ_CHECK(!sensitivity.empty() && sensitivity.size() == problem.candidates[layer].size());
    PQ_CHECK(std::all_of(sensitivity.begin(), sensitivity.end(),
                         [](double value) { return std::isfinite(value) && value >= 0; }));
  }
  for (const auto& [a, b] : problem.neighbours)
    PQ_CHECK(a < problem.candidates.size() && b < problem.candidates.size());
  if (!std::isfinite(problem.most))
    fail(ErrorCode::usage, "the bound on the price is not a number; give one");
}

double checked_bound(double most) {
  if (!std::isfinite(most)) fail(ErrorCode::usage, "the bound on the price is not a number; give one");
  return most;
}

[[noreturn]] void refuse(const SearchProblem& problem, const char* which, double price) {
  const auto text = [&](double value) {
    return problem.price_text ? problem.price_text(value) : fmt::format("{}", value);
  };
  fail(ErrorCode::usage, "no widths were found at a price of at most {}; {} cost {}: allow that much or more",
       text(problem.most), which, text(price));
}

/// One search under one bound.
class Search {
 public:
  Search(const SearchProblem& problem, ExactPrice& exact, const PriceModel& model)
      : problem_(&problem), exact_(exact), model_(model) {}

  SearchResult run() {
    solve();
    if (!best_) keep(choose_by_order(*problem_, [this](const Selection& choice) { return exact_(choice); }));
    if (!best_) {
      const Selection cheapest = cheapest_choice();
      if (exact_(cheapest) > problem_->most)
        refuse(*problem_, "the cheapest widths that there are", exact_(cheapest));
      keep(cheapest);
    }
    improve();
    const double sensitivity = sensitivity_of(*problem_, *best_);
    const double gap = sensitivity > bound_ ? (sensitivity - bound_) / sensitivity : 0;
    return {widths_of(*problem_, *best_),    sensitivity,         exact_(*best_), gap,
            model_(*best_) - exact_(*best_), exact_.evaluations()};
  }

 private:
  /// If it keeps to the bound and is better than what there is.
  void keep(const std::optional<Selection>& choice) {
    if (!choice || exact_(*choice) > problem_->most) return;
    if (!best_ || sensitivity_of(*problem_, *choice) < sensitivity_of(*problem_, *best_)) best_ = *choice;
  }

  std::optional<Selection> solve_below(double most) {
    SearchProblem sampled = *problem_;
    sampled.most = most;
    const auto start = choose_by_order(sampled, [this](const Selection& choice) { return model_(choice); });
    exact_.poll();
    auto solution = least_sensitivity(model_, problem_->sensitivity, most, start);
    exact_.poll();
    if (!solution) return std::nullopt;
    if (!bound_known_) bound_ = solution->bound;
    bound_known_ = true;
    return std::move(solution->choice);
  }

  /// The program under a bound that its error is taken from, until the exact price fits.
  void solve() {
    double most = problem_->most;
    for (int i = 0; i < most_corrections; ++i) {
      const auto choice = solve_below(most);
      if (!choice) return;
      const double over = exact_(*choice) - problem_->most;
      keep(choice);
      if (over > 0) {
        // The solver's own tolerance may be what is exceeded: then `over` alone would change nothing.
        most -= over + tolerance();
      } else {
        const double error = model_(*choice) - exact_(*choice);
        if (i > 0 || error <= problem_->negligible + tolerance()) return;
        most += error;  // the program believes prices too high: once more, with what that leaves
      }
    }
  }

  double tolerance() const { return 1e-9 * std::abs(model_.base); }

  Selection cheapest_choice() {
    Selection choice = least_price(model_).choice;
    while (true) {
      const std::vector<Selection> changes = single_changes(choice);
      exact_.prepare(changes);
      const auto cheapest =
          std::min_element(changes.begin(), changes.end(),
                           [&](const Selection& a, const Selection& b) { return exact_(a) < exact_(b); });
      if (cheapest == changes.end() || exact_(*cheapest) >= exact_(choice)) return choice;
      choice = *cheapest;
    }
  }

  std::vector<Selection> single_changes(const Selection& choice) const {
    std::vector<Selection> changes;
    for (std::size_t layer = 0; layer < choice.size(); ++layer) {
      for (std::size_t i = 0; i < problem_->candidates[layer].size(); ++i) {
        if (i == choice[layer]) continue;
        changes.push_back(choice);
        changes.back()[layer] = i;
      }
    }
    return changes;
  }

  /// Changes of one or two layers that the exact price still has room for, the most rewarding first.
  void improve() {
    int attempts = 0;
    bool improved = true;
    while (improved) {
      improved = false;
      for (const Change& change : promising_changes()) {
        if (attempts++ == most_attempts) return;
        const Selection choice = changed(*best_, change);
        if (exact_(choice) > problem_->most) continue;
        best_ = choice;
        improved = true;
        break;
      }
    }
  }

  struct Change {
    double rise = 0;  // of the sensitivity: falls, that is
    std::size_t layer = 0, candidate = 0;
    std::size_t other_layer = 0, other_candidate = 0;  // the same again if only one layer changes
    auto key() const { return std::tuple(rise, layer, candidate, other_layer, other_candidate); }
  };

  static Selection changed(Selection choice, const Change& change) {
    choice[change.layer] = change.candidate;
    choice[change.other_layer] = change.other_candidate;
    return choice;
  }

  /// That lower the sensitivity at a price that the model believes to fit, its error at hand taken into account.
  std::vector<Change> promising_changes() {
    const Selection& now = *best_;
    std::vector<Change> singles;
    for (std::size_t layer = 0; layer < now.size(); ++layer) {
      const std::vector<double>& sensitivity = problem_->sensitivity[layer];
      for (std::size_t i = 0; i < sensitivity.size(); ++i) {
        if (i != now[layer])
          singles.push_back({sensitivity[i] - sensitivity[now[layer]], layer, i, layer, i});
      }
    }
    const double room = problem_->most - exact_(now) + model_(now);
    std::vector<Change> changes;
    const auto consider = [&](const Change& change) {
      if (change.rise < 0 && model_(changed(now, change)) <= room) changes.push_back(change);
    };
    for (std::size_t i = 0; i < singles.size(); ++i) {
      const Change& one = singles[i];
      consider(one);
      for (std::size_t j = i + 1; j < singles.size(); ++j) {
        const Change& two = singles[j];
        if (two.layer != one.layer)
          consider({one.rise + two.rise, one.layer, one.candidate, two.layer, two.candidate});
      }
    }
    std::sort(changes.begin(), changes.end(),
              [](const Change& a, const Change& b) { return a.key() < b.key(); });
    return changes;
  }

  const SearchProblem* problem_;
  ExactPrice& exact_;
  const PriceModel& model_;
  std::optional<Selection> best_;
  double bound_ = 0;
  bool bound_known_ = false;
};

}  // namespace

struct WidthSearch::Sampled {
  explicit Sampled(SearchProblem of)
      : problem(std::move(of)), exact(problem), model(sample_prices(problem, exact)) {}
  SearchProblem problem;
  ExactPrice exact;
  PriceModel model;
};

WidthSearch::WidthSearch(SearchProblem problem) {
  check(problem);
  sampled_ = std::make_unique<Sampled>(std::move(problem));
}

WidthSearch::~WidthSearch() = default;

SearchResult WidthSearch::at_most(double most) {
  sampled_->problem.most = checked_bound(most);
  return Search(sampled_->problem, sampled_->exact, sampled_->model).run();
}

SearchResult search_widths(const SearchProblem& problem) {
  checked_bound(problem.most);
  return WidthSearch(problem).at_most(problem.most);
}

SearchResult search_by_order(const SearchProblem& problem) {
  check(problem);
  checked_bound(problem.most);
  ExactPrice exact(problem);
  Selection last;
  const auto choice = choose_by_order(problem, [&](const Selection& tried) {
    exact.poll();
    last = tried;
    return exact(tried);
  });
  if (!choice) refuse(problem, "the narrowest", exact(last));
  return {widths_of(problem, *choice), sensitivity_of(problem, *choice), exact(*choice), 1, 0,
          exact.evaluations()};
}

}  // namespace privquant
