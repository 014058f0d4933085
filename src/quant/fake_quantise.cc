#include "quant/fake_quantise.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

namespace privquant {
namespace {

/// `rounded` with the gradient of `values`.
torch::Tensor straight_through(const torch::Tensor& values, const torch::Tensor& rounded) {
  // Not values + (rounded − values): that sum would be rounded itself.
  return rounded.detach() + (values - values.detach());
}

torch::Tensor to_grid(const torch::Tensor& values, int exponent) {
  return torch::floor(values * std::ldexp(1.0, -exponent) + 0.5);
}

torch::Tensor from_grid(const torch::Tensor& integers, int exponent) {
  return integers * std::ldexp(1.0, exponent);
}

torch::Tensor rounded_to(const torch::Tensor& values, const TensorType& type) {
  const torch::Tensor integers = to_grid(values.detach(), type.exponent).clamp(type.min(), type.max());
  return from_grid(integers, type.exponent);
}

}  // namespace

torch::Tensor fake_quantise(const torch::Tensor& values, const TensorType& type) {
  const double unit = std::ldexp(1.0, type.exponent);
  const torch::Tensor clipped =
      values.clamp(static_cast<double>(type.min()) * unit, static_cast<double>(type.max()) * unit);
  return straight_through(clipped, rounded_to(values, type));
}

torch::Tensor fake_quantise_weights(const torch::Tensor& weights, const TensorType& type) {
  return straight_through(weights, rounded_to(weights, type));
}

torch::Tensor fake_quantise_bias(const torch::Tensor& bias, int exponent) {
  return straight_through(bias, from_grid(to_grid(bias.detach(), exponent), exponent));
}

int choose_exponent(const torch::Tensor& values, int bits, bool is_signed) {
  const torch::NoGradGuard no_gradient;
  TensorType type{bits, is_signed, 0};
  const double largest = std::max(values.abs().max().item<double>(), std::ldexp(1.0, -30));
  // From "nothing clips" downwards; below a quarter of that, clipping costs more than rounding ever did.
  const int highest = static_cast<int>(std::ceil(std::log2(largest / static_cast<double>(type.max()))));
  int best = highest;
  double least_error = std::numeric_limits<double>::infinity();
  for (int exponent = highest; exponent > highest - 5; --exponent) {
    type.exponent = exponent;
    const double error = (rounded_to(values, type) - values).square().mean().item<double>();
    if (error < least_error) {
      least_error = error;
      best = exponent;
    }
  }
  return best;
}

}  // namespace privquant
