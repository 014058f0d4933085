// Convolutions and pools: attributes to windows.
#include <bit>
#include <cmath>

#include "nn/limits.h"
#include "onnx/operators.h"
#include "onnx/problem.h"

namespace privquant {

namespace {

int window_number(std::int64_t value, const char* what) {
  if (value < 0 || value > max_window) {
    cannot_import("{} of {}; they go from 0 to {}", what, value, max_window);
  }
  return static_cast<int>(value);
}

/// An attribute of `count` numbers, one for each side of the window.
Integers sides(const NodeReader& node, const char* name, std::size_t count, std::int64_t otherwise) {
  Integers values = node.attributes.integers(name).value_or(Integers(count, otherwise));
  if (values.size() != count) {
    cannot_import("its attribute {} has {} numbers; only windows of two dimensions are supported", name,
                  values.size());
  }
  return values;
}

struct Line {
  int kernel, stride, dilation, before, after;
  int span() const { return dilation * (kernel - 1) + 1; }
};

/// Pads that keep ⌈size / stride⌉ positions; an odd one goes to the end, or with SAME_LOWER to the beginning.
void pad_to_same(Line& line, int size, bool lower) {
  const std::int64_t positions = (std::int64_t{size} + line.stride - 1) / line.stride;
  const std::int64_t missing = std::max<std::int64_t>((positions - 1) * line.stride + line.span() - size, 0);
  const std::int64_t small = missing / 2;
  line.before = window_number(lower ? missing - small : small, "a padding");
  line.after = window_number(lower ? small : missing - small, "a padding");
}

Window read_window(const NodeReader& node, const Tensor& input, const Integers& kernel) {
  const Integers strides = sides(node, "strides", 2, 1);
  const Integers dilations = sides(node, "dilations", 2, 1);
  const Integers pads = sides(node, "pads", 4, 0);
  const std::string auto_pad = node.attributes.text("auto_pad", "NOTSET");
  const Shape& shape = node.shape(input);
  Line lines[2];
  const Surround& around = input.surround;
  const std::int64_t before[2] = {around.top, around.left};
  const std::int64_t after[2] = {around.bottom, around.right};
  for (std::size_t i = 0; i < 2; ++i) {
    Line& line = lines[i];
    line = {window_number(kernel[i], "a kernel"), window_number(strides[i], "a stride"),
            window_number(dilations[i], "a dilation"), 0, 0};
    if (line.kernel == 0 || line.stride == 0 || line.dilation == 0) {
      cannot_import("kernel, stride or dilation is 0; export the file again");
    }
    const auto size = static_cast<int>((i == 0 ? shape.height : shape.width) + before[i] + after[i]);
    if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
      pad_to_same(line, size, auto_pad == "SAME_LOWER");
    } else if (auto_pad == "NOTSET") {
      line.before = window_number(pads[i], "a padding");
      line.after = window_number(pads[i + 2], "a padding");
    } else if (auto_pad != "VALID") {
      cannot_import("auto_pad {} is unknown; use explicit pads", auto_pad);
    }
    line.before = window_number(line.before + before[i], "a padding");
    line.after = window_number(line.after + after[i], "a padding");
  }
  return {lines[0].kernel,   lines[1].kernel, lines[0].stride, lines[1].stride, lines[0].dilation,
          lines[1].dilation, lines[0].before, lines[1].before, lines[0].after,  lines[1].after};
}

const Tensor& planes_with_surround(const NodeReader& node) {
  const Tensor& input = node.surrounded_tensor(0);
  if (input.rank != 4) cannot_import("its operand has {} dimensions; only N×C×H×W is supported", input.rank);
  return input;
}

/// What a last, incomplete window would need besides; none where it would begin behind the picture and its padding
/// before it.
int ceil_padding(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                 std::int64_t before, std::int64_t after) {
  const std::int64_t steps = size + before + after - dilation * (kernel - 1) - 1;
  if (steps <= 0 || steps % stride == 0) return 0;
  const std::int64_t last = (steps / stride + 1) * stride;
  return last >= size + before ? 0 : static_cast<int>(stride - steps % stride);
}

/// 2^log2 · rest = 1 / divisor.
struct Divisor {
  int log2;
  double factor;
};
Divisor split(std::int64_t divisor) {
  const int log2 = std::bit_width(static_cast<std::uint64_t>(divisor)) - 1;
  return {log2, std::ldexp(1.0, log2) / static_cast<double>(divisor)};
}

/// Objects to what integers cannot do.
Divisor exact(const NodeReader& node, const Tensor& input, const Divisor& divisor) {
  node.expect_quantised(input);
  if (node.quantised() && divisor.factor != 1) {
    node.object(
        "it averages over a window whose size is no power of two; train with a window of 2, 4, 8, … values, "
        "or "
        "quantise from real numbers: privquant quantize");
  }
  return divisor;
}

Tensor global_average(const NodeReader& node, const Tensor& input, int rank) {
  const Shape& shape = node.shape(input);
  const Divisor divisor = exact(node, input, split(std::int64_t{shape.height} * shape.width));
  const Tensor result = node.add(GlobalAvgPool{divisor.log2}, {input.node}, rank);
  node.draft().details(result.node).factor = divisor.factor;
  return result;
}

}  // namespace

Value convert_conv(const NodeReader& node) {
  node.expect_operands(2, 3);
  const Constant& weights = node.constant(1);
  if (weights.dims.size() != 4) {
    cannot_import("its weights have {} dimensions; only convolutions over two dimensions are supported",
                  weights.dims.size());
  }
  const Integers kernel{weights.dims[2], weights.dims[3]};
  if (node.attributes.integers("kernel_shape").value_or(kernel) != kernel) {
    cannot_import("kernel_shape differs from its weights; export the file again");
  }
  const Tensor& input = planes_with_surround(node);
  const std::int64_t groups = node.attributes.integer("group", 1);
  const int channels = node.shape(input).channels;
  if (groups < 1 || groups > channels || weights.dims[1] * groups != channels) {
    cannot_import(
        "its weights are for {} channels in each of {} groups, but there are {}; export the file again",
        weights.dims[1], groups, channels);
  }
  if (weights.dims[0] < 1 || weights.size() == 0)
    cannot_import("its weights are empty; export the file again");
  const auto outputs = static_cast<std::size_t>(weights.dims[0]);
  node.budget().take(weights.size());
  RealWeights layer{weights.reals(), Reals(outputs, 0.0F)};
  if (node.has(2)) {
    layer.bias = node.constant(2).reals();
    if (layer.bias.size() != outputs) {
      cannot_import("it has {} biases for {} channels; export the file again", layer.bias.size(), outputs);
    }
  }
  node.expect_quantised(input);
  const Conv2d conv{read_window(node, input, kernel), static_cast<int>(outputs), static_cast<int>(groups),
                    node.weight_type(weights)};
  const Tensor result = node.add(conv, {input.node}, 4);
  node.draft().details(result.node).weights = std::move(layer);
  return result;
}

Value convert_max_pool(const NodeReader& node) {
  node.expect_operands(1, 1);
  node.expect_one_result();
  const Tensor& input = node.planes(0);
  Window window = read_window(node, input, sides(node, "kernel_shape", 2, 0));
  if (node.attributes.integer("ceil_mode", 0) != 0) {
    // Padding never wins, so that an incomplete window is one that reaches into padding.
    const Shape& shape = node.shape(input);
    window.pad_bottom += ceil_padding(shape.height, window.kernel_height, window.stride_height,
                                      window.dilation_height, window.pad_top, window.pad_bottom);
    window.pad_right += ceil_padding(shape.width, window.kernel_width, window.stride_width,
                                     window.dilation_width, window.pad_left, window.pad_right);
  }
  return node.add(MaxPool{window}, {input.node}, 4);
}

Value convert_average_pool(const NodeReader& node) {
  node.expect_operands(1, 1);
  const Tensor& input = planes_with_surround(node);
  const Window window = read_window(node, input, sides(node, "kernel_shape", 2, 0));
  if (window.dilation_height != 1 || window.dilation_width != 1)
    cannot_import("dilated averages are not supported; use a convolution");
  // A Pad before it counts as picture; its own padding may not.
  const Surround& around = input.surround;
  const bool pads = window.pad_top > around.top || window.pad_left > around.left ||
                    window.pad_bottom > around.bottom || window.pad_right > around.right;
  if (pads && node.attributes.integer("count_include_pad", 0) == 0) {
    cannot_import(
        "padding is left out of its averages, so that windows have different divisors; use "
        "count_include_pad=1 or no padding");
  }
  const Shape& shape = node.shape(input);
  if (node.attributes.integer("ceil_mode", 0) != 0 &&
      (ceil_padding(shape.height, window.kernel_height, window.stride_height, window.dilation_height,
                    window.pad_top, window.pad_bottom) != 0 ||
       ceil_padding(shape.width, window.kernel_width, window.stride_width, window.dilation_width,
                    window.pad_left, window.pad_right) != 0)) {
    cannot_import("with ceil_mode its last windows are incomplete; use ceil_mode=0");
  }
  const Divisor divisor = exact(node, input, split(std::int64_t{window.kernel_height} * window.kernel_width));
  const Tensor result = node.add(AvgPool{window, divisor.log2}, {input.node}, 4);
  node.draft().details(result.node).factor = divisor.factor;
  return result;
}

Value convert_global_average_pool(const NodeReader& node) {
  node.expect_operands(1, 1);
  return global_average(node, node.planes(0), 4);
}

Value convert_reduce_mean(const NodeReader& node) {
  node.expect_operands(1, 1);
  const Tensor& input = node.planes(0);
  const Integers axes = node.attributes.integers("axes").value_or(Integers{});
  bool plane[4] = {};
  for (const std::int64_t given : axes) plane[node.axis(given, 4)] = true;
  if (axes.size() != 2 || !plane[2] || !plane[3]) {
    cannot_import("only the mean over height and width is supported, axes 2 and 3");
  }
  return global_average(node, input, node.attributes.integer("keepdims", 1) != 0 ? 4 : 2);
}

}  // namespace privquant
