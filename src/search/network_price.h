// What a network costs at given widths: prices for a SearchProblem, from the planner with all its fusions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nn/graph.h"
#include "plan/time_model.h"
#include "search/bit_search.h"

namespace privquant {

enum class PriceUnit {
  bytes,         ///< on the wire, both ways, preparation and online
  linear_bytes,  ///< of them, those of convolutions and linear layers; without conversions around them
  seconds,       ///< predicted, preparation and online, of the plan for that link
};

struct PriceOptions {
  PriceUnit unit = PriceUnit::bytes;
  /// With the OT extension that prices are of. IKNP unless told otherwise: a search compares widths by one measure,
  /// whatever link and extension the model will be served with.
  PlanOptions plan;
  std::size_t memory_budget = 0;  ///< as in preparation_batches()
  /// Of `seconds` only.
  Calibration calibration = default_calibration();
  std::optional<LinkShape> link;
};

/// @throws Error(model | usage) as make_plan() does.
double price_of(const Graph& graph, const PriceOptions& options);

/// A SearchProblem's price. `model_at` is called from several threads: the network at these widths, its
/// accumulators' widths set.
std::function<double(const NetworkWidths&)> network_price(std::function<Model(const NetworkWidths&)> model_at,
                                                          PriceOptions options);

/// "12345678 bytes (12.3 MB)", "1.235 s"; rounded up, so that it is a bound that holds.
std::string price_text(PriceUnit unit, double price);

/// Ids of the Conv2d and Linear nodes: a NetworkWidths has one entry for each, in this order.
std::vector<NodeId> weighted_nodes(const Graph& graph);

/// Pairs (earlier, later) of weighted nodes, by their places in weighted_nodes(), whose widths may act on a price
/// together:
///   the later one reads what becomes of the earlier one's result, through anything but Conv2d and Linear, and
///   through at most two Requantise: what lies behind the third (earlier blocks of a residual stream) is hidden by
///   types that the widths do not change;
///   both read the same tensor, through Requantise and Flatten of their own;
///   their results meet in an Add or a Concat, after at most one Requantise each.
/// Sampling finds out which of them do. `graph`: with its Requantise; at any widths.
std::vector<std::pair<std::size_t, std::size_t>> neighbours_of(const Graph& graph);

}  // namespace privquant
