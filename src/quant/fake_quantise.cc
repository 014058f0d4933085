#include "quant/fake_quantise.h"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "quant/rounding_kernels.h"

namespace privquant {
namespace {

constexpr std::int64_t grain = 1 << 14;  // values that are worth a thread of their own

Grid grid_of(const TensorType& type) {
  return {static_cast<float>(std::ldexp(1.0, type.exponent)),
          static_cast<float>(std::ldexp(1.0, -type.exponent)), static_cast<float>(type.min()),
          static_cast<float>(type.max())};
}

/// kernel(first, count) on runs of `count` values, in parallel.
template <typename Kernel>
void in_runs(std::int64_t count, const Kernel& kernel) {
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    kernel(begin, static_cast<std::size_t>(end - begin));
  });
}

torch::Tensor rounded(const torch::Tensor& values, const Grid& grid) {
  torch::Tensor result = torch::empty_like(values);
  const auto* from = values.data_ptr<float>();
  auto* to = result.data_ptr<float>();
  in_runs(values.numel(), [&](std::int64_t first, std::size_t count) {
    round_to_grid(from + first, to + first, count, grid);
  });
  return result;
}

torch::Tensor passed_inside(const torch::Tensor& values, const torch::Tensor& gradient, const Grid& grid) {
  torch::Tensor result = torch::empty_like(values);
  const auto* value = values.data_ptr<float>();
  const auto* from = gradient.data_ptr<float>();
  auto* to = result.data_ptr<float>();
  in_runs(values.numel(), [&](std::int64_t first, std::size_t count) {
    pass_inside(value + first, from + first, to + first, count, grid);
  });
  return result;
}

double summed_unit_gradient(const torch::Tensor& values, const torch::Tensor& gradient, const Grid& grid) {
  const auto* value = values.data_ptr<float>();
  const auto* from = gradient.data_ptr<float>();
  return at::parallel_reduce(
      0, values.numel(), grain, 0.0,
      [&](std::int64_t begin, std::int64_t end, double sum) {
        return sum + unit_gradient(value + begin, from + begin, static_cast<std::size_t>(end - begin), grid);
      },
      [](double a, double b) { return a + b; });
}

/// Values in one block of memory, in whatever order their dimensions are.
torch::Tensor dense(const torch::Tensor& values) {
  return values.is_non_overlapping_and_dense() ? values : values.contiguous();
}

class FakeQuantise : public torch::autograd::Function<FakeQuantise> {
 public:
  using Context = torch::autograd::AutogradContext;

  static torch::Tensor forward(Context* context, const torch::Tensor& values,
                               const torch::Tensor& learned_exponent, int bits, bool is_signed, int exponent,
                               bool passes_outside) {
    const torch::Tensor input = dense(values);
    context->save_for_backward({input});
    context->saved_data["bits"] = bits;
    context->saved_data["signed"] = is_signed;
    context->saved_data["exponent"] = exponent;
    context->saved_data["passes_outside"] = passes_outside;
    context->saved_data["learned"] = learned_exponent.defined() && learned_exponent.requires_grad();
    return rounded(input, grid_of({bits, is_signed, exponent}));
  }

  static torch::autograd::variable_list backward(Context* context, torch::autograd::variable_list gradients) {
    const torch::Tensor values = context->get_saved_variables()[0];
    const TensorType type{static_cast<int>(context->saved_data["bits"].toInt()),
                          context->saved_data["signed"].toBool(),
                          static_cast<int>(context->saved_data["exponent"].toInt())};
    const Grid grid = grid_of(type);
    torch::Tensor gradient = gradients[0];
    if (gradient.strides() != values.strides() || !gradient.is_non_overlapping_and_dense())
      gradient = torch::empty_like(values).copy_(gradient);
    const torch::Tensor result =
        context->saved_data["passes_outside"].toBool() ? gradient : passed_inside(values, gradient, grid);
    torch::Tensor of_exponent;
    if (context->saved_data["learned"].toBool()) {
      const double sum = summed_unit_gradient(values, gradient, grid);
      const double scale = std::sqrt(static_cast<double>(values.numel()) * static_cast<double>(type.max()));
      of_exponent = torch::full({1}, sum * grid.unit * std::numbers::ln2 / scale);
    }
    return {result, of_exponent, {}, {}, {}, {}};
  }
};

torch::Tensor rounded_doubles(const torch::Tensor& values, const TensorType& type) {
  PQ_CHECK(!torch::GradMode::is_enabled());
  const torch::Tensor scaled = values * std::ldexp(1.0, -type.exponent);
  return torch::floor(scaled + 0.5).clamp(static_cast<double>(type.min()), static_cast<double>(type.max())) *
         std::ldexp(1.0, type.exponent);
}

torch::Tensor apply(const torch::Tensor& values, const TensorType& type,
                    const torch::Tensor& learned_exponent, bool passes_outside) {
  if (values.scalar_type() == torch::kFloat64) return rounded_doubles(values, type);
  PQ_CHECK(values.scalar_type() == torch::kFloat32);
  const torch::Tensor exponent = learned_exponent.defined() ? learned_exponent : torch::zeros({1});
  return FakeQuantise::apply(values, exponent, type.bits, type.is_signed, type.exponent, passes_outside);
}

}  // namespace

torch::Tensor fake_quantise(const torch::Tensor& values, const TensorType& type,
                            const torch::Tensor& learned_exponent) {
  return apply(values, type, learned_exponent, false);
}

torch::Tensor fake_quantise_weights(const torch::Tensor& weights, const TensorType& type,
                                    const torch::Tensor& learned_exponent) {
  return apply(weights, type, learned_exponent, true);
}

torch::Tensor fake_quantise_bias(const torch::Tensor& bias, int exponent) {
  const torch::Tensor rounded =
      torch::floor(bias.detach() * std::ldexp(1.0, -exponent) + 0.5) * std::ldexp(1.0, exponent);
  // Not bias + (rounded − bias): that sum would be rounded itself.
  return rounded + (bias - bias.detach());
}

double quantisation_error(const torch::Tensor& values, const TensorType& type) {
  const torch::NoGradGuard no_gradient;
  return (apply(values, type, {}, false) - values).square().mean().item<double>();
}

int choose_exponent(const torch::Tensor& values, int bits, bool is_signed) {
  const torch::NoGradGuard no_gradient;
  TensorType type{bits, is_signed, 0};
  const double largest = values.abs().max().item<double>();
  // Nothing is known of a tensor of zeros; fractions of 1 harm nobody.
  if (largest == 0) return -bits;
  // From "nothing clips" downwards; below a quarter of that, clipping costs more than rounding ever did.
  const int highest = static_cast<int>(std::ceil(std::log2(largest / static_cast<double>(type.max()))));
  int best = highest;
  double least_error = std::numeric_limits<double>::infinity();
  for (int exponent = highest; exponent > highest - 5; --exponent) {
    type.exponent = exponent;
    const double error = quantisation_error(values, type);
    if (error < least_error) {
      least_error = error;
      best = exponent;
    }
  }
  return best;
}

}  // namespace privquant
