// A plan's cost by layer: what `privquant cost` and `compare` show.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/time_model.h"

namespace privquant {

struct LayerReport {
  NodeId node = 0;
  std::string protocol;  ///< functionalities in order; a convolution's by its protocol
  int input_bits = 0;    ///< rings that the layer begins and ends in; 0 where it runs no step on a value
  int output_bits = 0;
  /// The layer's part of the common preparation, both ways; parts add up to the whole.
  std::uint64_t preparation_bytes = 0;
  PhaseCost online;
  double seconds = 0;  ///< its part of preparation included
  double seconds_online = 0;
  /// Bytes both ways, preparation included.
  std::map<std::string, std::uint64_t> by_functionality;

  std::uint64_t bytes() const { return preparation_bytes + online.bytes(); }
};

struct PlanReport {
  OtExtension extension = OtExtension::iknp;
  LinearPreparation linear = LinearPreparation::ot;
  std::uint64_t round_bytes = 0;  ///< what the plan takes a round to be worth
  PhaseCost setup;                ///< once a session; in no sum below
  PhaseCost preparation;
  PhaseCost online;
  PlanTime time;
  std::vector<LayerReport> layers;  ///< those that the plan has steps for, in order

  std::uint64_t bytes() const { return preparation.bytes() + online.bytes(); }
  std::uint64_t rounds() const { return preparation.rounds + online.rounds; }
};

PlanReport report_on(const Plan& plan, const Calibration& calibration, const std::optional<LinkShape>& link,
                     std::size_t memory_budget);

}  // namespace privquant
