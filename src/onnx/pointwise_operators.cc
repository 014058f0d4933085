// What works on each value alone, or does nothing.
#include <cmath>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

/// A limit of Clip: an attribute before opset 11, an operand since.
std::optional<double> limit(const NodeReader& node, const char* name, std::size_t operand) {
  if (node.opset() < 11) {
    if (!node.attributes.has(name)) return std::nullopt;
    return node.attributes.real(name, 0);
  }
  if (!node.has(operand)) return std::nullopt;
  const Constant& constant = node.constant(operand);
  if (constant.size() != 1) cannot_import("its limit {} is no single number; export the file again", name);
  return constant.is_real() ? constant.reals()[0] : static_cast<double>(constant.integers()[0]);
}

/// Whether it stands between QuantizeLinear and DequantizeLinear.
bool reads_integers(const NodeReader& node) {
  if (!node.quantised()) return false;
  return node.is_constant(0) ? !node.constant(0).is_real() : node.any_tensor(0).rounding.has_value();
}

/// From 0 to `high`, which must be a multiple of the values' step.
Value clip_steps(const NodeReader& node, const Tensor& input, double high) {
  const int exponent = node.draft().node(input.node).type.exponent;
  const double steps = std::ldexp(high, -exponent);
  if (steps >= std::ldexp(1.0, max_shift)) return node.add(Relu{}, {input.node}, input.rank);
  const double whole = std::ceil(steps);
  if (whole != steps) {
    node.object("its limit {} is no multiple of 2^{}, the step of its values; use a multiple", high,
                exponent);
  }
  return node.add(Clip{0, static_cast<std::int64_t>(whole)}, {input.node}, input.rank);
}

}  // namespace

Value convert_relu(const NodeReader& node) {
  node.expect_operands(1, 1);
  const Tensor& input = node.tensor(0);
  return node.add(Relu{}, {input.node}, input.rank);
}

Value convert_clip(const NodeReader& node) {
  node.expect_operands(1, 3);
  const std::optional<double> low = limit(node, "min", 1);
  const std::optional<double> high = limit(node, "max", 2);
  if (reads_integers(node)) return clip_integers(node, low, high);
  const Tensor& input = node.tensor(0);
  constexpr double nothing_is_above = 1e30;
  if (!low || *low != 0 || (high && !(*high > 0))) {
    cannot_import("it does not clip from 0 upwards; use Relu, or Clip from 0 to a positive number (ReLU6)");
  }
  if (!high || *high > nothing_is_above) return node.add(Relu{}, {input.node}, input.rank);
  if (node.quantised()) return clip_steps(node, input, *high);
  const Tensor result = node.add(Clip{}, {input.node}, input.rank);
  node.draft().details(result.node).clip_high = *high;
  return result;
}

Value convert_identity(const NodeReader& node) {
  node.expect_operands(1, 3);
  node.expect_one_result();
  return node.value(0);
}

Value convert_cast(const NodeReader& node) {
  node.expect_operands(1, 1);
  using Type = onnx::TensorProto;
  const std::int64_t to = node.attributes.integer("to", Type::UNDEFINED);
  const bool to_real = to == Type::FLOAT || to == Type::DOUBLE || to == Type::FLOAT16;
  const bool to_integer = to == Type::INT64 || to == Type::INT32;
  if (!node.is_constant(0)) {
    if (!to_real) cannot_import("it turns the network's values into another type than float; leave it out");
    return node.value(0);
  }
  const Constant& constant = node.constant(0);
  if (constant.is_real() ? to_real : to_integer) return node.value(0);
  if (!to_real) cannot_import("it makes integers of a constant; compute with constants before the export");
  node.budget().take(constant.size());
  return std::make_shared<const Constant>(
      Constant{constant.dims, Reals(constant.integers().begin(), constant.integers().end())});
}

Value convert_softmax(const NodeReader& node) {
  node.expect_operands(1, 1);
  cannot_import("it can only be the network's end, where it is left out; remove it elsewhere");
}

}  // namespace privquant
