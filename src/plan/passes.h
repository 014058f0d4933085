// Fusion passes, and the profiles that are sets of them. Read this header for what the planner can do.
//
// With no pass at all a plan is the generic composition of SiRNN's published code: profile `sirnn`. A pass is
// one rule that uses more of what is public; each can be switched off alone (`--without`), and never changes
// what the network computes.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ot/protocol_choices.h"
#include "plan/plan.h"

namespace privquant {

enum class Pass {
  accumulator_bound,
  before_im2col,
  weight_driven,
  winograd,
  sign_propagation,
  merge_conversions,
  relu_after_truncation,
  relu_extension,
  clip_window,
  fused_requantise,
  residual,
  shared_conversions,
  pool_first,
  joint_products,
  wide_digits,
  both_directions,
};

struct PassInfo {
  Pass pass;
  std::string name;  ///< as in `--without`
  std::string rule;  ///< one sentence
};
const std::vector<PassInfo>& passes();

/// What a profile lets the planner use.
struct Profile {
  std::string name;
  std::set<Pass> passes;
  OtExtension extension = OtExtension::iknp;
  std::size_t round_bytes = 0;
  LinearPreparation linear = LinearPreparation::ot;
  bool on(Pass pass) const { return passes.contains(pass); }
  ProtocolChoices protocol_choices() const;
};

/// "sirnn", "privquant", and "hybrid": privquant whose linear layers lattices may prepare.
std::vector<std::string> profile_names();

/// The profile of the options, less the passes that they switch off. @throws Error(usage) for an unknown
/// profile or pass, or an absurd worth of a round.
Profile profile_of(const PlanOptions& options);

}  // namespace privquant
