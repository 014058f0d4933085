// Quantisation that training sees: values are rounded to a type's grid but stay real numbers, and gradients
// pass as if nothing was rounded (straight-through estimator).
//
// Steps can be learned (LSQ, Esser et al., arXiv 1902.08153): a step's gradient is the sum of what a change of the
// step does to each value, divided by √(values · greatest integer). *Deviation:* steps are powers of two, so that the
// exponent is learned (its gradient is the step's times step · ln 2) and rounded where it is used.
#pragma once

#include <torch/types.h>

#include "nn/tensor_type.h"

namespace privquant {

/// As Requantise does it: ⌊x / 2^e + 1/2⌋ clipped to the type, times 2^e. No gradient where it clips, which
/// for an unsigned type makes it a ReLU. If `learned_exponent` (one number) is given it gets a gradient; the
/// type's exponent is what is used.
/// Exact as long as every integer involved fits the mantissa: 24 bits of floats, 53 of doubles. Doubles have no
/// gradient here.
torch::Tensor fake_quantise(const torch::Tensor& values, const TensorType& type,
                            const torch::Tensor& learned_exponent = {});

/// The same values; the gradient passes everywhere, so that a clipped weight can come back.
torch::Tensor fake_quantise_weights(const torch::Tensor& weights, const TensorType& type,
                                    const torch::Tensor& learned_exponent = {});

/// Rounded to multiples of 2^exponent, not clipped: for a bias, which has the accumulator's width.
torch::Tensor fake_quantise_bias(const torch::Tensor& bias, int exponent);

/// The exponent with which a type of this width represents the values with the least mean squared error.
int choose_exponent(const torch::Tensor& values, int bits, bool is_signed);

/// Mean of the squared difference between the values and what the type makes of them.
double quantisation_error(const torch::Tensor& values, const TensorType& type);

}  // namespace privquant
