// What is computed before any picture: shapes, and weights in another order.
#include <algorithm>
#include <utility>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

Value share(Constant constant) { return std::make_shared<const Constant>(std::move(constant)); }

/// A list of integers, as shapes are.
const Integers& shape_list(const NodeReader& node, std::size_t operand) {
  const Constant& constant = node.constant(operand);
  if (constant.dims.size() > 1) {
    cannot_import("it works on a constant of {} dimensions; compute with constants before the export",
                  constant.dims.size());
  }
  return constant.integers();
}

/// Of a length that the node's operands or attributes have themselves.
Value list(const NodeReader& node, Integers values) {
  node.budget().take(values.size());
  const auto size = static_cast<std::int64_t>(values.size());
  return share({{size}, std::move(values)});
}

}  // namespace

Value with_dims(const Constant& constant, std::vector<std::int64_t> dims) {
  if (element_count(dims) != constant.size()) {
    cannot_import("it makes a constant of other size; export the file again");
  }
  Constant result = constant;
  result.dims = std::move(dims);
  return share(std::move(result));
}

Value concatenate_constants(const NodeReader& node) {
  Integers result;
  for (std::size_t i = 0; i < node.operands(); ++i) {
    const Integers& part = shape_list(node, i);
    result.insert(result.end(), part.begin(), part.end());
    if (result.size() > max_total_inputs)
      cannot_import("it makes a list of more than {} numbers", max_total_inputs);
  }
  return list(node, std::move(result));
}

Value slice_constant(const NodeReader& node) {
  const Integers& values = shape_list(node, 0);
  const auto size = static_cast<std::int64_t>(values.size());
  const std::optional<Integers> starts = node.integers("starts", 1);
  const std::optional<Integers> ends = node.integers("ends", 2);
  const bool whole_steps = !node.has(4) || node.constant(4).integers() == Integers{1};
  if (!starts || !ends || starts->size() != 1 || ends->size() != 1 || !whole_steps) {
    cannot_import(
        "of a constant only one run of values can be taken; compute with constants before the export");
  }
  const auto place = [&](std::int64_t index) {
    const std::int64_t from_front = index < 0 ? std::max(index, -size) + size : index;
    return std::clamp<std::int64_t>(from_front, 0, size);
  };
  const std::int64_t begin = place(starts->front());
  const std::int64_t end = std::max(place(ends->front()), begin);
  return list(node, {values.begin() + begin, values.begin() + end});
}

Value convert_constant(const NodeReader& node) {
  node.expect_operands(0, 0);
  if (const onnx::TensorProto* tensor = node.attributes.tensor("value"))
    return share(decode_constant(*tensor, node.budget()));
  if (node.attributes.has("value_int")) return share({{}, Integers{node.attributes.integer("value_int", 0)}});
  if (node.attributes.has("value_float")) {
    return share({{}, Reals{static_cast<float>(node.attributes.real("value_float", 0))}});
  }
  if (const auto values = node.attributes.integers("value_ints")) return list(node, *values);
  cannot_import("its value is neither a tensor nor a number; store it as a tensor");
}

Value convert_shape(const NodeReader& node) {
  node.expect_operands(1, 1);
  if (node.attributes.has("start") || node.attributes.has("end")) {
    cannot_import("start and end are not supported; take the whole shape");
  }
  if (node.is_constant(0)) return list(node, node.constant(0).dims);
  // To ask for the picture's shape is not to read it.
  const Tensor& tensor = node.any_tensor(0).is_picture ? node.any_tensor(0) : node.tensor(0);
  const Shape& shape = node.shape(tensor);
  if (tensor.rank == 2) return list(node, {1, shape.channels});
  return list(node, {1, shape.channels, shape.height, shape.width});
}

Value convert_gather(const NodeReader& node) {
  node.expect_operands(2, 2);
  const Integers& values = shape_list(node, 0);
  const Constant& indices = node.constant(1);
  node.budget().take(indices.size());
  Integers result;
  result.reserve(indices.size());
  for (const std::int64_t index : indices.integers())
    result.push_back(values[node.axis(index, values.size())]);
  return share({indices.dims, std::move(result)});
}

Value convert_unsqueeze(const NodeReader& node) {
  node.expect_operands(1, 2);
  const Constant& constant = node.constant(0);
  const std::optional<Integers> axes = node.integers("axes", 1);
  if (!axes || axes->size() > 8) cannot_import("its axes are missing or too many; export the file again");
  const std::size_t rank = constant.dims.size() + axes->size();
  std::vector<bool> added(rank);
  for (const std::int64_t axis : *axes) added[node.axis(axis, rank)] = true;
  if (std::count(added.begin(), added.end(), true) != static_cast<std::ptrdiff_t>(axes->size())) {
    cannot_import("an axis is named twice; export the file again");
  }
  std::vector<std::int64_t> dims;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(added[i] ? 1 : constant.dims[next++]);
  return with_dims(constant, std::move(dims));
}

Value convert_mul(const NodeReader& node) {
  node.expect_operands(2, 2);
  if (!node.is_constant(0) || !node.is_constant(1)) {
    cannot_import(
        "it multiplies values of the network; put a factor a channel into BatchNormalization after a Conv");
  }
  node.budget().take(node.constant(0).size());
  Integers product = shape_list(node, 0);
  const Integers& factors = shape_list(node, 1);
  if (product.size() != factors.size()) cannot_import("only lists of one length can be multiplied");
  for (std::size_t i = 0; i < product.size(); ++i) {
    // Sizes of tensors only.
    const auto limit = static_cast<std::int64_t>(max_elements);
    if (product[i] < 0 || factors[i] < 0 || product[i] > limit || factors[i] > limit) {
      cannot_import("it multiplies numbers that are no sizes; compute with constants before the export");
    }
    product[i] *= factors[i];
  }
  return share({node.constant(0).dims, std::move(product)});
}

Value convert_transpose(const NodeReader& node) {
  node.expect_operands(1, 1);
  if (!node.is_constant(0) || node.constant(0).dims.size() != 2) {
    cannot_import("only a constant matrix can be transposed; keep pictures as N×C×H×W");
  }
  const Constant& constant = node.constant(0);
  if (node.attributes.integers("perm").value_or(Integers{1, 0}) != Integers{1, 0}) return share(constant);
  node.budget().take(constant.size());
  const auto rows = static_cast<std::size_t>(constant.dims[0]);
  const auto columns = static_cast<std::size_t>(constant.dims[1]);
  const auto transposed = [&](const auto& values) -> Elements {
    auto result = values;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) result[c * rows + r] = values[r * columns + c];
    }
    return result;
  };
  return share(
      {{constant.dims[1], constant.dims[0]}, std::visit(transposed, *constant.values), constant.type});
}

}  // namespace privquant
