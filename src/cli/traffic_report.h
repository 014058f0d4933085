// What inferences cost, layer by layer: as a table and as JSON.
//
// Preparation runs for all layers at once. Its bytes and seconds are shared out to the layers by what each
// draws of it (plan/plan_cost.h); its rounds are common to all.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "net/meter.h"
#include "nn/graph.h"
#include "plan/plan.h"

namespace privquant {

/// Label for what a caller does between two inferences; its time is no part of the report.
inline constexpr const char* outside = "outside";

class TrafficReport {
 public:
  /// Sums up a meter that has seen so many inferences by this plan.
  TrafficReport(const Graph& graph, const Plan& plan, Meter& meter, std::size_t inferences);

  /// The mean of one inference by layer, the totals of all, and the set-up apart.
  std::string table() const;
  /// {"inferences", "setup", "preparation", "online", "layers"}: sums over all inferences.
  nlohmann::ordered_json json() const;

 private:
  struct Layer {
    std::string name;
    std::string op;
    std::string widths;
    Traffic preparation;  ///< no rounds
    Traffic online;
  };

  std::size_t inferences_;
  Traffic setup_;
  Traffic preparation_;
  Traffic online_;
  std::vector<Layer> layers_;
};

}  // namespace privquant
