// How long a plan takes on a link: predicted from its exact cost and a machine's calibration.
//
// Model  A step's computation is linear in what it does (Work). Messages leave while it computes, so
//        computation and transmission share their time, as far as `overlap` says; each round adds the link's
//        delay and what the system takes to hand a message over. Preparation is the same, one direction of
//        OTs after the other.
// Figures are seconds, of two processes that share one machine or have one each.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "net/shaped_transport.h"
#include "plan/plan.h"
#include "plan/plan_cost.h"

namespace privquant {

/// What takes time, in units of its own.
enum class WorkKind {
  short_ot,          ///< a random 1-of-2 OT that is extended
  wide_ot,           ///< a random 1-of-2^k OT with k ≥ 2 that is extended
  triple,            ///< a bit triple, or a pair of them, beyond its OTs
  seed_pads,         ///< a 1-of-2 OT that is drawn: its two pads
  pad,               ///< a pad of a drawn 1-of-2^k OT: 2^k of them an OT
  convolution_byte,  ///< a byte that a convolution sends: expanded, added, packed
  byte,              ///< a byte that another step sends
  product,           ///< a multiply-accumulate of the server on its own share
  value,             ///< a value that goes into a step
  round,             ///< a message that the other party waits for, beyond the link's delay
};
inline constexpr std::size_t work_kinds = static_cast<std::size_t>(WorkKind::round) + 1;

/// "short_ot", "wide_ot", …
std::string_view name_of(WorkKind kind);

/// Units of work, or seconds a unit: by kind.
class ByWorkKind {
 public:
  double& operator[](WorkKind kind) { return values_.at(static_cast<std::size_t>(kind)); }
  double operator[](WorkKind kind) const { return values_.at(static_cast<std::size_t>(kind)); }
  ByWorkKind& operator+=(const ByWorkKind& more);
  /// Σ of products: work · seconds a unit.
  double operator*(const ByWorkKind& other) const;

 private:
  std::array<double, work_kinds> values_{};
};
using Work = ByWorkKind;
using Calibration = ByWorkKind;

/// Measured on two cores of an AMD EPYC (Zen 4), two processes, TLS on loopback.
Calibration default_calibration();

/// Of preparing one direction or both; without rounds.
Work preparation_work(const Demand& demand);
/// Of a step, online, rounds included.
Work step_work(const Plan& plan, const Step& step, const StepCost& cost);

struct PlanTime {
  double preparation = 0;
  double online = 0;
  std::vector<double> steps;  ///< online

  double seconds() const { return preparation + online; }
};

/// `link`: none for one that is never waited for. `memory_budget` as in preparation_batches().
PlanTime time_of(const Plan& plan, const PlanCost& cost, const Calibration& calibration,
                 const std::optional<LinkShape>& link, std::size_t memory_budget = 0);

}  // namespace privquant
