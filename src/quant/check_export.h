// Proof that what was trained is what will run.
#pragma once

#include <torch/types.h>

#include "quant/trainable_network.h"

namespace privquant {

/// Runs the pictures (N × channels × height × width) through the fake-quantised network and, one by one,
/// through the integer executor, and compares the results of every layer bit for bit. Where a sum needs more bits than
/// floats have (24), training was inexact by as much, and what is run is the same graph in doubles with the exported
/// weights.
/// @throws Error(internal) naming the first layer that differs.
void check_export(TrainableNetwork& network, const Model& model, const torch::Tensor& pictures);

}  // namespace privquant
