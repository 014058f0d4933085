#include "search/promising_changes.h"

#include <algorithm>

namespace privquant {
namespace {

/// The least changes by key, up to a number.
class Least {
 public:
  explicit Least(std::size_t most) : most_(most) {}

  bool full() const { return heap_.size() == most_; }
  /// Whether a change of this rise may still be among them.
  bool takes(double rise) const { return !full() || rise <= heap_.front().rise; }

  void add(const Change& change) {
    if (full()) {
      if (!before(change, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.back() = change;
    } else {
      heap_.push_back(change);
    }
    std::push_heap(heap_.begin(), heap_.end(), before);
  }

  std::vector<Change> sorted() && {
    std::sort_heap(heap_.begin(), heap_.end(), before);
    return std::move(heap_);
  }

 private:
  static bool before(const Change& a, const Change& b) { return a.key() < b.key(); }

  std::size_t most_;
  std::vector<Change> heap_;
};

struct SingleChange {
  double rise;
  std::size_t layer, candidate;
  double price;  // that it adds, alone
};

class Neighbourhood {
 public:
  Neighbourhood(const PriceModel& model, const Selection& now)
      : model_(model), now_(now), pairs_of_(now.size()) {
    for (const PairPrice& pair : model.pairs) {
      pairs_of_[pair.first].push_back(&pair);
      pairs_of_[pair.second].push_back(&pair);
    }
  }

  double price(std::size_t layer, std::size_t candidate) const {
    double sum = model_.own[layer][candidate] - model_.own[layer][now_[layer]];
    for (const PairPrice* pair : pairs_of_[layer])
      sum += price(*pair, layer, candidate) - pair->at(now_[pair->first], now_[pair->second]);
    return sum;
  }

  /// What two changes add beyond each alone.
  double together(const SingleChange& a, const SingleChange& b) const {
    double sum = 0;
    for (const PairPrice* pair : pairs_of_[a.layer]) {
      if (pair->first != b.layer && pair->second != b.layer) continue;
      const bool in_order = pair->first == a.layer;
      const double both = in_order ? pair->at(a.candidate, b.candidate) : pair->at(b.candidate, a.candidate);
      sum += both + pair->at(now_[pair->first], now_[pair->second]) - price(*pair, a.layer, a.candidate) -
             price(*pair, b.layer, b.candidate);
    }
    return sum;
  }

 private:
  double price(const PairPrice& pair, std::size_t layer, std::size_t candidate) const {
    return pair.first == layer ? pair.at(candidate, now_[pair.second]) : pair.at(now_[pair.first], candidate);
  }

  const PriceModel& model_;
  const Selection& now_;
  std::vector<std::vector<const PairPrice*>> pairs_of_;  // by layer
};

std::vector<SingleChange> single_changes(const SearchProblem& problem, const Neighbourhood& neighbourhood,
                                         const Selection& now) {
  std::vector<SingleChange> singles;
  for (std::size_t layer = 0; layer < now.size(); ++layer) {
    const std::vector<double>& sensitivity = problem.sensitivity[layer];
    for (std::size_t i = 0; i < sensitivity.size(); ++i) {
      if (i != now[layer])
        singles.push_back(
            {sensitivity[i] - sensitivity[now[layer]], layer, i, neighbourhood.price(layer, i)});
    }
  }
  std::stable_sort(singles.begin(), singles.end(),
                   [](const SingleChange& a, const SingleChange& b) { return a.rise < b.rise; });
  return singles;
}

}  // namespace

Selection changed(Selection choice, const Change& change) {
  choice[change.layer] = change.candidate;
  choice[change.other_layer] = change.other_candidate;
  return choice;
}

std::vector<Change> promising_changes(const SearchProblem& problem, const PriceModel& model,
                                      const Selection& now, double room, std::size_t most) {
  if (most == 0) return {};
  const Neighbourhood neighbourhood(model, now);
  const std::vector<SingleChange> singles = single_changes(problem, neighbourhood, now);
  Least least(most);
  for (std::size_t i = 0; i < singles.size(); ++i) {
    const SingleChange& one = singles[i];
    if (one.rise < 0 && one.price <= room)
      least.add({one.rise, one.layer, one.candidate, one.layer, one.candidate});
    for (std::size_t j = i + 1; j < singles.size(); ++j) {
      const SingleChange& two = singles[j];
      const double rise = one.rise + two.rise;
      if (rise >= 0 || !least.takes(rise)) break;  // the next ones rise by as much or more
      if (two.layer == one.layer) continue;
      if (one.price + two.price + neighbourhood.together(one, two) > room) continue;
      const bool in_order = one.layer < two.layer;
      const SingleChange& first = in_order ? one : two;
      const SingleChange& second = in_order ? two : one;
      least.add({rise, first.layer, first.candidate, second.layer, second.candidate});
    }
  }
  return std::move(least).sorted();
}

}  // namespace privquant
