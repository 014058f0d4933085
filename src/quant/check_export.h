// Proof that what was trained is what will run.
#pragma once

#include <torch/types.h>

#include "quant/trainable_network.h"

namespace privquant {

/// Runs the pictures (N × channels × height × width) through the fake-quantised network and, one by one,
/// through the integer executor, and compares the results of every layer bit for bit.
/// @throws Error(internal) naming the first layer that differs.
void check_export(TrainableNetwork& network, const Model& model, const torch::Tensor& pictures);

}  // namespace privquant
