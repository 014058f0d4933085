#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "nn/graph.h"
#include "nn/limits.h"
#include "nn/node_error.h"
#include "nn/overloaded.h"

namespace privquant {

namespace {

/// 0 if the window is larger than the padded line.
int window_positions(int size, int kernel, int stride, int dilation, int pads) {
  const std::int64_t span = static_cast<std::int64_t>(dilation) * (kernel - 1) + 1;
  const std::int64_t room = static_cast<std::int64_t>(size) + pads - span;
  return room < 0 ? 0 : static_cast<int>(room / stride + 1);
}

/// Whether every position of the window meets at least one value that is no padding.
bool every_position_meets_input(int size, int positions, int kernel, int stride, int dilation,
                                int pad_before) {
  for (int position = 0; position < positions; ++position) {
    const std::int64_t first = static_cast<std::int64_t>(position) * stride - pad_before;
    if (first >= 0) {
      // The first taps only move on from here: the last position decides for all that follow.
      return static_cast<std::int64_t>(positions - 1) * stride - pad_before < size;
    }
    const std::int64_t taps_before = (-first + dilation - 1) / dilation;
    if (taps_before >= kernel || first + taps_before * dilation >= size) return false;
  }
  return true;
}

std::uint64_t product(int a, int b) { return static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b); }

void check_elements(const Node& node, int channels, int height, int width, const char* what) {
  if (channels < 1 || height < 1 || width < 1) {
    fail_node(node, "{} of {}×{}×{} is empty; every size must be at least 1", what, channels, height, width);
  }
  // Two factors below 2^31 cannot overflow, and the second product starts from a checked one.
  const std::uint64_t plane = product(channels, height);
  if (plane > max_elements || plane * static_cast<std::uint64_t>(width) > max_elements) {
    fail_node(node, "{} of {}×{}×{} has more than {} elements; use a smaller network", what, channels, height,
              width, max_elements);
  }
}

void check_window(const Node& node, const Window& window) {
  for (const int value : {window.kernel_height, window.kernel_width, window.stride_height,
                          window.stride_width, window.dilation_height, window.dilation_width}) {
    if (value < 1 || value > max_window) {
      fail_node(node, "{} as kernel, stride or dilation; they go from 1 to {}", value, max_window);
    }
  }
  for (const int value : {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}) {
    if (value < 0 || value > max_window) {
      fail_node(node, "a padding of {}; paddings go from 0 to {}", value, max_window);
    }
  }
}

void check_inputs(const Graph& graph, const Node& node) {
  const std::size_t count = node.inputs.size();
  const bool fits = std::visit(Overloaded{
                                   [&](const Input&) { return count == 0; },
                                   [&](const Add&) { return count == 2; },
                                   [&](const Concat&) { return count >= 2; },
                                   [&](const auto&) { return count == 1; },
                               },
                               node.op);
  if (!fits) fail_node(node, "{} inputs is not what this operator takes", count);
  for (const NodeId input : node.inputs) {
    if (input >= graph.nodes.size()) fail_node(node, "input {} does not exist", input);
  }
}

Shape windowed_shape(const Node& node, const Window& window, const Shape& input, int channels) {
  check_window(node, window);
  check_elements(node, input.channels, input.height, input.width, "an input");
  const std::int64_t padded_height = std::int64_t{input.height} + window.pad_top + window.pad_bottom;
  const std::int64_t padded_width = std::int64_t{input.width} + window.pad_left + window.pad_right;
  // Inputs lie below 2^31 and pads are small, so the sums stay in 64 bits; bounded again before the products.
  if (padded_height > INT32_MAX || padded_width > INT32_MAX) fail_node(node, "the padded input is too large");
  check_elements(node, input.channels, static_cast<int>(padded_height), static_cast<int>(padded_width),
                 "a padded input");
  const Shape shape = window_output(window, channels, input.height, input.width);
  if (shape.height < 1 || shape.width < 1) {
    fail_node(node, "the window is larger than its input {} with padding", to_string(input));
  }
  return shape;
}

Shape convolution_shape(const Node& node, const Conv2d& conv, const Shape& input) {
  if (conv.out_channels < 1) fail_node(node, "{} output channels; at least 1 is needed", conv.out_channels);
  if (conv.groups < 1 || input.channels % conv.groups != 0 || conv.out_channels % conv.groups != 0) {
    fail_node(node, "{} groups do not divide {} input and {} output channels", conv.groups, input.channels,
              conv.out_channels);
  }
  const Shape shape = windowed_shape(node, conv.window, input, conv.out_channels);
  const std::uint64_t filter = product(conv.window.kernel_height, conv.window.kernel_width);
  if (product(conv.out_channels, input.channels / conv.groups) > max_elements / filter) {
    fail_node(node, "more than {} weights; use a smaller layer", max_elements);
  }
  return shape;
}

Shape max_pool_shape(const Node& node, const Window& window, const Shape& input) {
  const Shape shape = windowed_shape(node, window, input, input.channels);
  if (!every_position_meets_input(input.height, shape.height, window.kernel_height, window.stride_height,
                                  window.dilation_height, window.pad_top) ||
      !every_position_meets_input(input.width, shape.width, window.kernel_width, window.stride_width,
                                  window.dilation_width, window.pad_left)) {
    fail_node(node, "some window lies wholly in the padding, where there is no maximum; use less padding");
  }
  return shape;
}

Shape linear_shape(const Node& node, const Linear& linear, const Shape& input) {
  if (input.height != 1 || input.width != 1) {
    fail_node(node, "the input {} is no vector; put a Flatten before it", to_string(input));
  }
  if (linear.out_features < 1)
    fail_node(node, "{} output features; at least 1 is needed", linear.out_features);
  if (product(linear.out_features, input.channels) > max_elements) {
    fail_node(node, "more than {} weights; use a smaller layer", max_elements);
  }
  return {linear.out_features, 1, 1};
}

Shape concatenated_shape(const Graph& graph, const Node& node) {
  const Shape& first = graph.nodes[node.inputs[0]].shape;
  std::int64_t channels = 0;
  for (const NodeId input : node.inputs) {
    const Shape& shape = graph.nodes[input].shape;
    if (shape.height != first.height || shape.width != first.width) {
      fail_node(node, "inputs of {} and {} cannot be joined along channels", to_string(first),
                to_string(shape));
    }
    channels += shape.channels;
    if (channels > INT32_MAX) fail_node(node, "more than {} channels", INT32_MAX);
  }
  return {static_cast<int>(channels), first.height, first.width};
}

Shape padded_channels_shape(const Node& node, const PadChannels& pad, const Shape& input) {
  if (pad.before < 0 || pad.after < 0) {
    fail_node(node, "{} and {} channels of padding; at least 0 are needed", pad.before, pad.after);
  }
  const std::int64_t channels = std::int64_t{input.channels} + pad.before + pad.after;
  if (channels > INT32_MAX) fail_node(node, "more than {} channels", INT32_MAX);
  return {static_cast<int>(channels), input.height, input.width};
}

}  // namespace

Shape window_output(const Window& window, int channels, int height, int width) {
  return {channels,
          window_positions(height, window.kernel_height, window.stride_height, window.dilation_height,
                           window.pad_top + window.pad_bottom),
          window_positions(width, window.kernel_width, window.stride_width, window.dilation_width,
                           window.pad_left + window.pad_right)};
}

Shape infer_shape(const Graph& graph, const Node& node) {
  check_inputs(graph, node);
  const auto input = [&](std::size_t index) -> const Shape& { return graph.nodes[node.inputs[index]].shape; };
  for (const NodeId id : node.inputs) {
    const Shape& shape = graph.nodes[id].shape;
    check_elements(node, shape.channels, shape.height, shape.width, "an input");
  }
  const Shape shape = std::visit(
      Overloaded{
          [&](const Input&) { return node.shape; },
          [&](const Conv2d& conv) { return convolution_shape(node, conv, input(0)); },
          [&](const Linear& linear) { return linear_shape(node, linear, input(0)); },
          [&](const Add&) {
            if (input(0) != input(1)) {
              fail_node(node, "shapes {} and {} cannot be added", to_string(input(0)), to_string(input(1)));
            }
            return input(0);
          },
          [&](const MaxPool& pool) { return max_pool_shape(node, pool.window, input(0)); },
          [&](const AvgPool& pool) { return windowed_shape(node, pool.window, input(0), input(0).channels); },
          [&](const GlobalAvgPool&) {
            return Shape{input(0).channels, 1, 1};
          },
          [&](const Flatten&) {
            return Shape{static_cast<int>(input(0).elements()), 1, 1};
          },
          [&](const Concat&) { return concatenated_shape(graph, node); },
          [&](const PadChannels& pad) { return padded_channels_shape(node, pad, input(0)); },
          [&](const ArgMax&) {
            if (input(0).height != 1 || input(0).width != 1) {
              fail_node(node, "the input {} is no vector; put a Flatten before it", to_string(input(0)));
            }
            return Shape{1, 1, 1};
          },
          [&](const auto&) { return input(0); },
      },
      node.op);
  check_elements(node, shape.channels, shape.height, shape.width, "a result");
  return shape;
}

}  // namespace privquant
