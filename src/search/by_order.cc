#include "search/by_order.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace privquant {
namespace {

/// No wider in anything, and another.
bool narrower(const LayerWidths& a, const LayerWidths& b) {
  return a.weight_bits <= b.weight_bits && a.input_bits <= b.input_bits &&
         a.accumulator_cut >= b.accumulator_cut && total_bits(a) < total_bits(b);
}

struct Narrowing {
  double rise = std::numeric_limits<double>::infinity();
  int bits = 0;  // that are saved
  std::size_t layer = 0, candidate = 0;
  auto key() const { return std::tuple(rise, bits, layer, candidate); }
};

}  // namespace

std::optional<Selection> choose_by_order(const SearchProblem& problem,
                                         const std::function<double(const Selection&)>& price) {
  Selection choice;
  choice.reserve(problem.candidates.size());
  for (const std::vector<LayerWidths>& candidates : problem.candidates) {
    const auto widest = std::max_element(
        candidates.begin(), candidates.end(), [](const LayerWidths& a, const LayerWidths& b) {
          return std::pair(total_bits(a), a.weight_bits) < std::pair(total_bits(b), b.weight_bits);
        });
    choice.push_back(static_cast<std::size_t>(widest - candidates.begin()));
  }
  while (price(choice) > problem.most) {
    Narrowing best;
    for (std::size_t layer = 0; layer < choice.size(); ++layer) {
      const std::vector<LayerWidths>& candidates = problem.candidates[layer];
      const std::vector<double>& sensitivity = problem.sensitivity[layer];
      const LayerWidths& now = candidates[choice[layer]];
      for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (!narrower(candidates[i], now)) continue;
        const Narrowing step{sensitivity[i] - sensitivity[choice[layer]],
                             total_bits(now) - total_bits(candidates[i]), layer, i};
        if (step.key() < best.key()) best = step;
      }
    }
    if (best.bits == 0) return std::nullopt;
    choice[best.layer] = best.candidate;
  }
  return choice;
}

}  // namespace privquant
