// How much both parties compute for what lattices prepare: counts for a time model, not for a bound.
#pragma once

#include "mpc/lattice_layer.h"

namespace privquant {

/// Of both parties, which take turns.
struct LatticeWork {
  double butterflies = 0;  ///< of number-theoretic transforms
  double residues = 0;     ///< of anything else, each touched once
  LatticeWork& operator+=(const LatticeWork& more);
};

/// Of question, answer and opening.
LatticeWork lattice_work(const LatticeLayer& layer, const LatticePlan& plan);
/// Of a session's keys.
LatticeWork lattice_work(const LatticeKeyDemand& demand);

}  // namespace privquant
