// Average pools divide by powers of two; the rest of their divisors goes into weights.
#pragma once

#include "onnx/draft.h"

namespace privquant {

/// Moves every factor along the network into the weights of the next Conv or Gemm: what lies between (Relu, pools,
/// Flatten, Concat, a Clip with its limit) keeps its form under a positive factor. Where factors meet that differ, or
/// the network ends, they go back into the weights before. @throws Problem naming the node if there are none.
void fold_divisors(Draft& draft);

}  // namespace privquant
