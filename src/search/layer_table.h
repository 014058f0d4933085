// What each layer of a searched network got, and what it costs: a table to print.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/network_price.h"

namespace privquant {

struct LayerRow {
  std::string name;  ///< of the Conv2d's or Linear's node
  LayerWidths widths;
  int accumulator_bits = 0;
  std::optional<double> sensitivity;  ///< none where nothing was measured or chosen
  std::uint64_t bytes =
      0;  ///< of the layer and of what follows up to the next Conv2d or Linear; preparation included
  double seconds = 0;  ///< of the same
  double share = 0;    ///< of the network's price in its unit; shares add up to 1
};

/// One row for each entry of `widths`; `sensitivity` has as many. What comes before the first layer counts to it.
/// @throws Error(model | usage) as make_plan() does.
std::vector<LayerRow> layer_table(const Graph& graph, const NetworkWidths& widths,
                                  const std::vector<std::optional<double>>& sensitivity,
                                  const PriceOptions& options);

}  // namespace privquant
