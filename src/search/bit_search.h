// Which layer gets how many bits: an integer program that keeps the predicted loss least under a bound on the
// price.
// Read this header first; docs/search.md explains the program and what is exact.
//
// Source  HAWQ-V3 (arXiv 2011.10680) and PrivQuant (arXiv 2410.09531) for the integer program over sensitivities.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace privquant {

/// Widths of one Conv2d or Linear: its weights, and the activations that it reads.
struct LayerWidths {
  int weight_bits = 8;
  int input_bits = 8;
  /// Bits by which its accumulator is narrower than its rounded weights would need.
  int accumulator_cut = 0;
  bool operator==(const LayerWidths&) const = default;
};

/// The order in which a layer becomes cheaper, by and large.
inline int total_bits(const LayerWidths& widths) {
  return widths.weight_bits + widths.input_bits - widths.accumulator_cut;
}

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
  double most = 0;  ///< bound on the price; finite
  /// Differences of price up to this count as none while prices are sampled: 1e-5 of the price suits
  /// network_price(). The bound is kept all the same.
  double negligible = 0;
  /// A price with its unit, for errors. Empty: the number alone.
  std::function<std::string(double)> price_text;
  unsigned threads = 0;  ///< that price; 0: one per core. The result is the same
  /// Called between prices and solutions, on the thread that searches. What it throws ends the search.
  std::function<void()> poll = nullptr;
};

struct SearchResult {
  NetworkWidths widths;
  double sensitivity = 0;  ///< the sum
  double price = 0;        ///< exact, at most `most`
  /// (sensitivity − bound) / sensitivity for the bound that the program proved of the sampled prices; 0 if
  /// proven optimal, 1 where nothing is. Of the exact prices, too, where sampling is exact.
  double gap = 0;
  double model_error = 0;       ///< sampled less exact price, at the result
  std::size_t evaluations = 0;  ///< of `price`
};

/// @throws Error(usage) naming the smallest price there is if nothing fits.
SearchResult search_widths(const SearchProblem& problem);

/// The same for several bounds: prices are sampled once.
class WidthSearch {
 public:
  /// Samples the prices.
  explicit WidthSearch(SearchProblem problem);
  WidthSearch(const WidthSearch&) = delete;
  WidthSearch& operator=(const WidthSearch&) = delete;
  ~WidthSearch();

  /// @throws Error(usage) as search_widths().
  SearchResult at_most(double most);

 private:
  struct Sampled;
  std::unique_ptr<Sampled> sampled_;
};

/// What a simple order would choose: from the widest candidates downwards, always the step with the least rise of
/// sensitivity, until the price fits. For comparison; its gap is 1, nothing is proven.
/// @throws Error(usage) naming the price of the narrowest if that does not fit.
SearchResult search_by_order(const SearchProblem& problem);

}  // namespace privquant
