// What moves values without computing.
#include <algorithm>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

Value flatten(const NodeReader& node, const Tensor& input) {
  if (input.rank == 2) return input;
  return node.add(Flatten{}, {input.node}, 2);
}

/// Dimensions of the ONNX tensor; the batch is 1.
Integers dims_of(const NodeReader& node, const Tensor& tensor) {
  const Shape& shape = node.shape(tensor);
  if (tensor.rank == 2) return {1, shape.channels};
  return {1, shape.channels, shape.height, shape.width};
}

/// Replaces 0 (as before) and one −1 (what remains).
Integers resolve(Integers target, const Integers& before, std::size_t elements, bool zero_is_zero) {
  std::size_t known = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (target[i] == 0 && !zero_is_zero && i < before.size()) target[i] = before[i];
    if (target[i] == -1 && open == nullptr) {
      open = &target[i];
    } else {
      known *= element_count({target[i]});
      if (known > max_elements) cannot_import("it makes a tensor of other size; export the file again");
    }
  }
  if (open != nullptr && known != 0) *open = static_cast<std::int64_t>(elements / known);
  if (element_count(target) != elements)
    cannot_import("it makes a tensor of other size; export the file again");
  return target;
}

int pad_number(std::int64_t value) {
  if (value < 0)
    cannot_import("it cuts away values (a negative padding); use Slice or a window without padding");
  if (value > max_window) cannot_import("a padding of {}; they go to {}", value, max_window);
  return static_cast<int>(value);
}

}  // namespace

Value convert_flatten(const NodeReader& node) {
  node.expect_operands(1, 1);
  const Tensor& input = node.tensor(0);
  const std::int64_t axis = node.attributes.integer("axis", 1);
  if (axis != 1 && axis != 1 - input.rank) cannot_import("only axis 1 is supported");
  return flatten(node, input);
}

Value convert_reshape(const NodeReader& node) {
  node.expect_operands(2, 2);
  const Integers& target = node.constant(1).integers();
  const bool zero_is_zero = node.attributes.integer("allowzero", 0) != 0;
  if (node.is_constant(0)) {
    const Constant& constant = node.constant(0);
    return with_dims(constant, resolve(target, constant.dims, constant.size(), zero_is_zero));
  }
  const Tensor& input = node.tensor(0);
  const Integers before = dims_of(node, input);
  const Integers after = resolve(target, before, node.shape(input).elements(), zero_is_zero);
  if (after == before) return input;
  if (after.size() == 2 && after[0] == 1) return flatten(node, input);
  cannot_import("only reshaping to [N, -1] is supported");
}

Value convert_squeeze(const NodeReader& node) {
  node.expect_operands(1, 2);
  const std::optional<Integers> given = node.integers("axes", 1);
  const Value& value = node.value(0);
  const auto squeezed = [&](const Integers& dims) {
    std::vector<bool> drop(dims.size());
    if (given) {
      for (const std::int64_t axis : *given) drop[node.axis(axis, dims.size())] = true;
    } else {
      for (std::size_t i = 0; i < dims.size(); ++i) drop[i] = dims[i] == 1;
    }
    Integers result;
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (!drop[i]) {
        result.push_back(dims[i]);
      } else if (dims[i] != 1) {
        cannot_import("it drops a dimension of {}; only dimensions of 1 can be dropped", dims[i]);
      }
    }
    return result;
  };
  if (!std::holds_alternative<Tensor>(value)) {
    return with_dims(node.constant(0), squeezed(node.constant(0).dims));
  }
  const Tensor& input = node.tensor(0);
  const bool to_vector =
      given && input.rank == 4 && given->size() == 2 && node.shape(input).height == 1 &&
      node.shape(input).width == 1 &&
      std::all_of(given->begin(), given->end(), [&](auto axis) { return node.axis(axis, 4) >= 2; });
  if (!to_vector) cannot_import("only height and width of 1 can be dropped, axes 2 and 3");
  return flatten(node, input);
}

Value convert_concat(const NodeReader& node) {
  node.expect_operands(1, max_total_inputs);
  if (node.is_constant(0)) return concatenate_constants(node);
  const int rank = node.tensor(0).rank;
  std::vector<NodeId> parts;
  for (std::size_t i = 0; i < node.operands(); ++i) {
    const Tensor& part = node.tensor(i);
    if (part.rank != rank) cannot_import("its operands differ in their number of dimensions");
    parts.push_back(part.node);
    node.expect_quantised(part);
    const TensorType& first = node.draft().node(parts[0]).type;
    const TensorType& type = node.draft().node(part.node).type;
    if (node.draft().details(part.node).rounded && node.quantised() && type != first) {
      node.object("it joins values of {} and {}; round all of its operands with one scale and one type",
                  to_string(first), to_string(type));
    }
  }
  if (node.axis(node.attributes.integer("axis", 1), static_cast<std::size_t>(rank)) != 1) {
    cannot_import("only joining along channels is supported, axis 1");
  }
  if (parts.size() == 1) return node.value(0);
  return node.add(Concat{}, std::move(parts), rank);
}

Value convert_pad(const NodeReader& node) {
  node.expect_operands(1, 3);
  if (node.attributes.text("mode", "constant") != "constant") {
    cannot_import("only padding with zeros is supported (mode constant)");
  }
  double value = node.attributes.real("value", 0);
  if (node.has(2)) {
    const Constant& constant = node.constant(2);
    if (constant.size() != 1) cannot_import("its value is no single number; export the file again");
    value = constant.is_real() ? constant.reals()[0] : static_cast<double>(constant.integers()[0]);
  }
  if (value != 0) cannot_import("it pads with {}; only zeros are supported", value);
  const std::optional<Integers> pads = node.integers("pads", 1);
  if (!pads) cannot_import("its pads are missing; export the file again");
  Tensor result = node.surrounded_tensor(0);
  const auto rank = static_cast<std::size_t>(result.rank);
  if (pads->size() != 2 * rank) {
    cannot_import("it has {} pads for {} dimensions; export the file again", pads->size(), rank);
  }
  const auto before = [&](std::size_t dimension) { return pad_number((*pads)[dimension]); };
  const auto after = [&](std::size_t dimension) { return pad_number((*pads)[dimension + rank]); };
  if (before(0) + after(0) > 0) cannot_import("it pads the batch; there is one picture at a time");
  if (before(1) + after(1) > 0) {
    const Surround around = result.surround;
    result = node.add(PadChannels{before(1), after(1)}, {result.node}, result.rank);
    result.surround = around;
  }
  if (rank == 4) {
    Surround& around = result.surround;
    around = {around.top + before(2), around.left + before(3), around.bottom + after(2),
              around.right + after(3)};
    // Windows take pads up to this, whatever Pads lie behind each other.
    for (const std::int64_t side : {around.top, around.left, around.bottom, around.right}) {
      static_cast<void>(pad_number(side));
    }
  }
  return result;
}

Value convert_slice(const NodeReader& node) {
  node.expect_operands(1, 5);
  if (node.is_constant(0)) return slice_constant(node);
  const std::optional<Integers> starts = node.integers("starts", 1);
  const std::optional<Integers> ends = node.integers("ends", 2);
  if (!starts || !ends) cannot_import("its starts or ends are missing; export the file again");
  const Tensor& input = node.tensor(0);
  const Integers dims = dims_of(node, input);
  Integers every(starts->size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::int64_t>(i);
  const Integers axes = node.integers("axes", 3).value_or(every);
  const Integers steps = node.has(4) ? node.constant(4).integers() : Integers(starts->size(), 1);
  if (ends->size() != starts->size() || axes.size() != starts->size() || steps.size() != starts->size()) {
    cannot_import("starts, ends, axes and steps differ in length; export the file again");
  }
  Window window;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = node.axis(axes[i], dims.size());
    const bool whole = ((*starts)[i] == 0 || (*starts)[i] <= -dims[axis]) && (*ends)[i] >= dims[axis];
    if (!whole || steps[i] < 1 || steps[i] > max_window || (axis < 2 && steps[i] != 1)) {
      cannot_import(
          "only every n-th row and column from the first to the last can be taken, with steps up to {}",
          max_window);
    }
    if (axis == 2) window.stride_height = static_cast<int>(steps[i]);
    if (axis == 3) window.stride_width = static_cast<int>(steps[i]);
  }
  if (window == Window{}) return input;
  return node.add(MaxPool{window}, {input.node}, input.rank);
}

}  // namespace privquant
