// The widths that the quantiser may choose from.
#pragma once

namespace privquant {

/// Widths that are considered; each 1 ≤ least ≤ most ≤ 16.
struct WidthLimits {
  int least_weight_bits = 2, most_weight_bits = 8;
  int least_input_bits = 2, most_input_bits = 8;
  int residual_bits = 8;
  int most_accumulator_cut = 0;
};

}  // namespace privquant
