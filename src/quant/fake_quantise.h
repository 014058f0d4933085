// Quantisation that training sees: values are rounded to a type's grid but stay real numbers, and gradients
// pass as if nothing was rounded (straight-through estimator).
#pragma once

#include <torch/types.h>

#include "nn/tensor_type.h"

namespace privquant {

/// As Requantise does it: ⌊x / 2^e + 1/2⌋ clipped to the type, times 2^e. No gradient where it clips, which
/// for an unsigned type makes it a ReLU.
/// Exact as long as every integer involved fits the mantissa (24 bits in float, 53 in double).
torch::Tensor fake_quantise(const torch::Tensor& values, const TensorType& type);

/// The same values; the gradient passes everywhere, so that a clipped weight can come back.
torch::Tensor fake_quantise_weights(const torch::Tensor& weights, const TensorType& type);

/// Rounded to multiples of 2^exponent, not clipped: for a bias, which has the accumulator's width.
torch::Tensor fake_quantise_bias(const torch::Tensor& bias, int exponent);

/// The exponent with which a type of this width represents the values with the least mean squared error.
int choose_exponent(const torch::Tensor& values, int bits, bool is_signed);

}  // namespace privquant
