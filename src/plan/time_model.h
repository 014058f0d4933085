// How long a plan takes on a link: predicted from its exact cost and a machine's calibration.
//
// Model  A step's computation is linear in what it does (Work). Messages leave while it computes, so
//        computation and transmission share their time, as far as `overlap` says; each round adds the link's
//        delay and what the system takes to hand a message over. Preparation is the same, one direction of
//        OTs after the other; in the set-up nothing hides.
// Figures are seconds, of two processes that share one machine or have one each.
#pragma once

#include <optional>
#include <vector>

#include "net/shaped_transport.h"
#include "plan/plan.h"
#include "plan/plan_cost.h"
#include "plan/work.h"

namespace privquant {

/// What a link carries while a message travels: PlanOptions::round_bytes of plans for it. Of any link that
/// parse_link_shape() gives at most max_round_bytes.
std::size_t round_bytes_of(const LinkShape& link);

/// Of a session's set-up; without rounds and lattices' keys.
Work setup_work(OtExtension extension);
/// Of lattices' keys; of questions and answers of one layer, both parties in turn.
Work lattice_key_work(const LatticeKeyDemand& keys);
Work lattice_layer_work(const LatticeLayer& layer, const LatticePlan& plan);
/// Of Correlations::prepare(demand), both directions, which advances `state`; without rounds.
Work preparation_work(const Demand& demand, PreparationState& state);
/// Of a step, online, rounds included.
Work step_work(const Plan& plan, const Step& step, const StepCost& cost);

/// What lattices take for a layer, or for several: both share their time.
struct LatticeTime {
  double computing = 0, sending = 0;
  LatticeTime& operator+=(const LatticeTime& more);
};
/// Of a step; nothing if lattices do not prepare it.
LatticeTime lattice_time(const Step& step, const Calibration& calibration,
                         const std::optional<LinkShape>& link);
/// Of layers that are prepared together; nothing if there are none.
double lattice_seconds(const LatticeTime& all, const Calibration& calibration,
                       const std::optional<LinkShape>& link);
/// Of a session's set-up, keys of lattices included.
double setup_seconds(OtExtension extension, const LatticeKeyDemand& keys, const Calibration& calibration,
                     const std::optional<LinkShape>& link);

struct PlanTime {
  double setup = 0;
  double preparation = 0;  ///< of a session's first inference
  double lattices = 0;     ///< of it, what lattices take
  double online = 0;
  std::vector<double> steps;  ///< online
  /// Parts of the preparation: OTs' in proportion to the bits that extend them, lattices' to what each layer would
  /// take alone.
  std::vector<double> steps_preparation;

  /// Of an inference; without set-up.
  double seconds() const { return preparation + online; }
};

/// `link`: none for one that is never waited for. `memory_budget` as in preparation_batches().
PlanTime time_of(const Plan& plan, const PlanCost& cost, const Calibration& calibration,
                 const std::optional<LinkShape>& link, std::size_t memory_budget = 0);

}  // namespace privquant
