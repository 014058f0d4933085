// Which linear layers lattices should prepare, by predicted time: bytes, rounds and computing together.
//
// Rule  a plan with lattices wherever they send less (LinearPreparation::automatic) and the same network's plan
//       with OTs alone take apart into linear layers, each with the steps up to the next one. What a layer takes
//       online and in OTs' preparation adds up; what lattices compute and what they send share their time, so that
//       one more layer costs only the one of which there is more; keys are as large as the largest layer wants.
//       Layers are moved to OTs and back, one at a time, as long as the sum falls.
// Error  OTs' preparation is shared out by bits, which Ferret's start is not; layers that meet in a residual addition may want other rings in company than apart; so the plan that
//        comes out is priced as a whole, and taken only if it is better (choose_preparation.h).
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "plan/time_model.h"

namespace privquant {

/// What a session of one inference takes, as a function of the layers that are left to OTs.
class LinearTimes {
 public:
  /// `mixed` and `ots` are the plans of one graph and extension with LinearPreparation::automatic, without
  /// ot_layers, and ::ot.
  LinearTimes(const Graph& graph, const Plan& mixed, const Plan& ots, const Calibration& calibration,
              const std::optional<LinkShape>& link, std::size_t memory_budget = 0);

  /// The layers for which `mixed` has lattices.
  const std::vector<NodeId>& layers() const { return layers_; }
  /// Set-up, preparation and one inference; `left_to_ots` by index into layers().
  double seconds(const std::vector<bool>& left_to_ots) const;
  /// By moving one layer at a time, from all lattices and from none.
  std::set<NodeId> best() const;

 private:
  struct Share {
    double seconds = 0;  ///< online, and OTs' preparation
    LatticeTime lattices{};
    LatticeKeyDemand keys{};
    Share& operator+=(const Share& more);
  };

  std::vector<Share> shares_of(const Graph& graph, const Plan& plan) const;
  double seconds_of(const Share& sum) const;

  Calibration calibration_;
  std::optional<LinkShape> link_;
  std::size_t memory_budget_;
  OtExtension extension_;
  std::vector<NodeId> layers_;
  std::vector<Share> by_lattices_, by_ots_;  ///< of layers()
  Share rest_;
};

}  // namespace privquant
