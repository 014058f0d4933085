// QuantizeLinear, DequantizeLinear, and the Clip between them. Scales are powers of two, zero points 0: whatever is
// not is objected to and taken for the nearest that is, so that the rest of the network is checked as well.
#include <algorithm>
#include <cmath>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

void expect_quantised_mode(const NodeReader& node) {
  if (node.quantised()) return;
  cannot_import(
      "it belongs to a network that is quantised already; give the network in real numbers, before "
      "quantisation, or "
      "take it as it is: privquant import --quantized");
}

/// Operand 1.
int scale_exponent(const NodeReader& node) {
  const Reals& scales = node.constant(1).reals();
  if (scales.empty()) cannot_import("its scale is empty; export the file again");
  const float scale = scales[0];
  const auto other =
      std::find_if(scales.begin(), scales.end(), [scale](float each) { return each != scale; });
  if (other != scales.end()) {
    node.object(
        "its scales differ between channels, {} and {}; quantise with one scale for the whole tensor "
        "(per_channel=False)",
        scale, *other);
  }
  if (!(scale > 0)) {
    node.object("its scale {} is not above 0; train the network again", scale);
    return 0;
  }
  int exponent = 0;
  if (std::frexp(scale, &exponent) == 0.5F) return exponent - 1;
  const auto nearest = static_cast<int>(std::lround(std::log2(scale)));
  node.object(
      "its scale {} is no power of two; train with scales that are, here 2^{}, or quantise from real "
      "numbers: "
      "privquant quantize",
      scale, nearest);
  return nearest;
}

/// Of operand 2, which says what integers there are; unsigned of 8 bits if it is left out.
TensorType zero_point_type(const NodeReader& node) {
  if (!node.has(2)) return {8, false, 0};
  const Constant& constant = node.constant(2);
  const Integers& values = constant.integers();
  if (!constant.type) cannot_import("its zero point is none of int8, uint8 and int32; use these");
  const auto wrong =
      std::find_if(values.begin(), values.end(), [](std::int64_t value) { return value != 0; });
  if (wrong != values.end()) {
    node.object(
        "its zero point is {}, not 0; quantise symmetrically: int8 for weights, uint8 behind Relu, int8 "
        "elsewhere",
        *wrong);
  }
  return *constant.type;
}

Value share(Constant constant) { return std::make_shared<const Constant>(std::move(constant)); }

/// As ONNX does it, halves to even: this is done once and for all.
Value quantise_constant(const NodeReader& node, const Constant& constant, const TensorType& type,
                        int exponent) {
  node.budget().take(constant.size());
  Integers result;
  result.reserve(constant.size());
  for (const float value : constant.reals()) {
    const double rounded = std::nearbyint(std::ldexp(static_cast<double>(value), -exponent));
    result.push_back(static_cast<std::int64_t>(
        std::clamp(rounded, static_cast<double>(type.min()), static_cast<double>(type.max()))));
  }
  return share({constant.dims, std::move(result), type});
}

/// Integers times 2^exponent, with the smallest signed type that holds them, or what a Clip left.
Value dequantise_constant(const NodeReader& node, const Constant& constant, int exponent) {
  node.budget().take(constant.size());
  const Integers& values = constant.integers();
  if (!constant.type) cannot_import("its operand is none of int8, uint8 and int32; use these");
  Interval range{constant.type->min(), constant.type->max()};
  if (constant.type->bits >= 8 && !values.empty()) {
    const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
    range = {*least, *greatest};
  }
  Reals result;
  result.reserve(values.size());
  for (const std::int64_t value : values) {
    const auto integer = static_cast<float>(value);
    const float real = std::ldexp(integer, exponent);
    if (static_cast<std::int64_t>(integer) != value || !std::isfinite(real))
      cannot_import("some value has more than the 24 bits of float, or is too large; use smaller integers");
    result.push_back(real);
  }
  return share({constant.dims, std::move(result), TensorType{signed_bits(range), true, exponent}});
}

}  // namespace

Value convert_quantize_linear(const NodeReader& node) {
  expect_quantised_mode(node);
  node.expect_operands(2, 3);
  const int exponent = scale_exponent(node);
  const TensorType type = zero_point_type(node);
  if (type.bits != 8) cannot_import("it rounds to integers of {} bits; use int8 or uint8", type.bits);
  if (node.is_constant(0)) return quantise_constant(node, node.constant(0), type, exponent);
  Tensor result = node.any_tensor(0);
  if (!result.is_picture) {
    result = node.tensor(0);
    const int step = node.draft().node(result.node).type.exponent;
    if (exponent < step || exponent - step > max_shift) {
      node.object(
          "it rounds values in steps of 2^{} to steps of 2^{}; these must be as coarse or coarser, by at "
          "most "
          "2^{}: choose its scale so",
          step, exponent, max_shift);
    }
  }
  result.rounding = Rounding{exponent, {type.min(), type.max()}};
  return result;
}

Value convert_dequantize_linear(const NodeReader& node) {
  expect_quantised_mode(node);
  node.expect_operands(2, 3);
  const int exponent = scale_exponent(node);
  static_cast<void>(zero_point_type(node));
  if (node.is_constant(0)) return dequantise_constant(node, node.constant(0), exponent);
  const Tensor& input = node.any_tensor(0);
  if (!input.rounding) cannot_import("its operand is no result of QuantizeLinear; put one before it");
  if (input.rounding->exponent != exponent) {
    node.object("its scale 2^{} differs from the 2^{} of the QuantizeLinear before it; use the same",
                exponent, input.rounding->exponent);
  }
  if (input.is_picture && !node.draft().round_input(*input.rounding))
    node.object("the picture is rounded otherwise elsewhere; let all readers share one QuantizeLinear");
  return Tensor{node.draft().round(node.name(), input.node, *input.rounding), input.rank, false, {}};
}

Value clip_integers(const NodeReader& node, std::optional<double> low, std::optional<double> high) {
  const auto narrowed = [&](const Interval& range) {
    const double least = std::ceil(std::max(static_cast<double>(range.low), low.value_or(-INFINITY)));
    const double greatest = std::floor(std::min(static_cast<double>(range.high), high.value_or(INFINITY)));
    if (!(least <= greatest)) cannot_import("it leaves no value; export the file again");
    return Interval{static_cast<std::int64_t>(least), static_cast<std::int64_t>(greatest)};
  };
  if (!node.is_constant(0)) {
    Tensor result = node.any_tensor(0);
    result.rounding->range = narrowed(result.rounding->range);
    return result;
  }
  const Constant& constant = node.constant(0);
  if (!constant.type) cannot_import("it clips integers that are none of int8, uint8 and int32; use these");
  const Interval range = narrowed({constant.type->min(), constant.type->max()});
  node.budget().take(constant.size());
  Integers values = constant.integers();
  for (std::int64_t& value : values) value = std::clamp(value, range.low, range.high);
  return share({constant.dims, std::move(values), smallest_type({0, range})});
}

}  // namespace privquant
