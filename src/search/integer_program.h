// The integer program over sampled prices, solved by COIN-OR CBC.
//
// Program   least Σ sensitivity_l,a x_l,a with x binary, Σ_a x_l,a = 1 for each layer and price ≤ most. A pair's
//           price is Σ price_A,B y_A,B over its classes with y ≥ 0, Σ_B y_A,B = Σ_(a in A) x_l,a,
//           Σ_A y_A,B = Σ_(b in B) x_m,b: for whole x these marginals leave y one value, the product, so y need
//           not be declared whole.
// Security  none asked for: all numbers are public.
#pragma once

#include <optional>
#include <vector>

#include "search/price_model.h"

namespace privquant {

struct ProgramSolution {
  Selection choice;
  double objective = 0;
  double bound = 0;  ///< no choice has a smaller objective
};

/// None if no choice has a price of at most `most`. `start`, where given, keeps to the bound: the result is no
/// worse. Deterministic, unless 60 seconds are not enough: it then ends with the best so far.
std::optional<ProgramSolution> least_sensitivity(const PriceModel& model,
                                                 const std::vector<std::vector<double>>& sensitivity,
                                                 double most, const std::optional<Selection>& start);

/// The cheapest choice; the objective is its price.
ProgramSolution least_price(const PriceModel& model);

}  // namespace privquant
