// Which widths keep a bound at the least predicted loss: sensitivity and search together.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "quant/bound.h"
#include "quant/post_training.h"
#include "quant/quantize_options.h"
#include "quant/sensitivity.h"
#include "search/network_price.h"

namespace privquant {

struct ChosenWidths {
  NetworkWidths widths;
  std::optional<double> gap;  ///< of the search; none without one
};

class WidthChoice {
 public:
  /// Measures sensitivities and prices, unless all bounds are of kind none. `progress` hears a stage and 0..1, here
  /// and in widths_at(); what it throws ends the work. `rounded` must outlive this.
  WidthChoice(const PostTraining& rounded, const TrainingSet& pictures, const QuantizeOptions& options,
              std::function<void(const std::string&, double)> progress);

  /// The first and the last layer have 8 bits, and so has what reads the picture. @throws Error(usage) naming the
  /// bound and the smallest price if no widths keep it.
  ChosenWidths widths_at(const Bound& bound);

  /// @throws Error(usage) if the network, trained or with weights moved, became dearer than the bound.
  void check(const Model& model, const Bound& bound) const;

  /// The predicted rise of the loss by each layer's widths; none where nothing was measured, as of the first and
  /// the last layer.
  std::vector<std::optional<double>> rises(const NetworkWidths& widths) const;

 private:
  NetworkWidths uniform(const LayerWidths& inner) const;
  bool is_edge(std::size_t layer) const { return layer == 0 || layer + 1 == rounded_.layers().size(); }
  bool reads_picture(std::size_t layer) const;
  std::vector<LayerWidths> candidates(std::size_t layer) const;
  double rise(std::size_t layer, const LayerWidths& widths) const;
  double rise_of_cut(std::size_t layer, const LayerWidths& widths) const;
  /// In the unit of prices.
  double most_of(const Bound& bound) const;

  const PostTraining& rounded_;
  std::function<void(const std::string&, double)> progress_;
  double left_of_weights_;        ///< the part of their rise that training leaves
  std::string stage_ = "prices";  ///< what the search is at
  PriceOptions price_;
  Sensitivity sensitivity_;
  mutable std::map<std::tuple<std::size_t, int, int, int>, double> rises_of_cuts_;  ///< measured once each
  SearchProblem problem_;
  std::optional<WidthSearch> program_;
  double whole_price_ = 0;  ///< at 8 bits everywhere
};

}  // namespace privquant
