// Which layer gets how many bits: an integer program that keeps the predicted loss least under a bound on the price.
//
// Source  HAWQ-V3 (arXiv 2011.10680) and PrivQuant (arXiv 2410.09531) for the integer program over sensitivities.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace privquant {

/// Widths of one Conv2d or Linear: its weights, and the activations that it reads.
struct LayerWidths {
  int weight_bits = 8;
  int input_bits = 8;
  bool operator==(const LayerWidths&) const = default;
};

/// One entry for each Conv2d and Linear of a network, in its order.
using NetworkWidths = std::vector<LayerWidths>;

struct SearchProblem {
  std::vector<std::vector<LayerWidths>> candidates;  ///< by layer, at least one each
  std::vector<std::vector<double>> sensitivity;      ///< predicted rise of the loss, of each candidate; ≥ 0
  /// Pairs (earlier, later) of layers whose prices depend on each other: the later one reads what becomes of the
  /// earlier one's result.
  std::vector<std::pair<std::size_t, std::size_t>> neighbours;
  /// The exact price of the whole network, in any unit (bytes, seconds); called from several threads.
  std::function<double(const NetworkWidths&)> price;
  double most = 0;  ///< bound on the price
};

struct SearchResult {
  NetworkWidths widths;
  double sensitivity = 0;  ///< the sum
  double price = 0;        ///< exact, at most `most`
  double gap = 0;          ///< relative distance to the solver's bound; 0 if proven optimal
};

/// @throws Error(usage) naming the smallest price there is if nothing fits.
SearchResult search_widths(const SearchProblem& problem);

/// What a simple order would choose: from the widest candidates downwards, always the step with the least rise of
/// sensitivity, until the price fits. For comparison.
SearchResult search_by_order(const SearchProblem& problem);

}  // namespace privquant
