#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/error.h"
#include "base/parallel_for.h"
#include "nn/convolution.h"
#include "nn/gemm.h"

namespace privquant {

namespace {

std::size_t size(int value) { return static_cast<std::size_t>(value); }

/// The input with its padding, so that no tap needs a bounds check.
struct PaddedInput {
  std::size_t height, width;
  std::vector<std::int16_t> values;

  PaddedInput(const IntegerTensor& input, const Window& window)
      : height(size(input.shape.height + window.pad_top + window.pad_bottom)),
        width(size(input.shape.width + window.pad_left + window.pad_right)),
        values(size(input.shape.channels) * height * width) {
    const std::size_t line = size(input.shape.width);
    const auto* source = input.values.data();
    for (std::size_t c = 0; c < size(input.shape.channels); ++c) {
      for (std::size_t y = 0; y < size(input.shape.height); ++y, source += line) {
        std::transform(
            source, source + line,
            values.begin() + static_cast<std::ptrdiff_t>((c * height + y + size(window.pad_top)) * width +
                                                         size(window.pad_left)),
            [](std::int64_t value) { return static_cast<std::int16_t>(value); });
      }
    }
  }
};

/// One group's view: K = inputs · kernel taps, rows = outputs.
struct Group {
  std::size_t depth, pairs, rows, padded_rows;

  Group(const Conv2d& conv, const Shape& input)
      : depth(size(input.channels / conv.groups) * size(conv.window.kernel_height) *
              size(conv.window.kernel_width)),
        pairs(ceil_div(depth, 2)),
        rows(size(conv.out_channels / conv.groups)),
        padded_rows(ceil_div(rows, gemm_tile_rows) * gemm_tile_rows) {}
};

/// Zeros fill the last pair and the last rows.
std::vector<std::int16_t> pad_weights(const Group& group, std::size_t groups,
                                      const std::vector<std::int16_t>& weights) {
  std::vector<std::int16_t> result(groups * group.padded_rows * 2 * group.pairs);
  for (std::size_t g = 0; g < groups; ++g) {
    for (std::size_t r = 0; r < group.rows; ++r) {
      std::copy_n(weights.data() + (g * group.rows + r) * group.depth, group.depth,
                  result.data() + (g * group.padded_rows + r) * 2 * group.pairs);
    }
  }
  return result;
}

/// Where tap k of a window lies, from the window's first value.
std::vector<std::size_t> tap_offsets(const Group& group, const Window& window, const PaddedInput& input) {
  std::vector<std::size_t> offsets;
  offsets.reserve(group.depth);
  const std::size_t taps = size(window.kernel_height) * size(window.kernel_width);
  for (std::size_t c = 0; c < group.depth / taps; ++c) {
    for (std::size_t y = 0; y < size(window.kernel_height); ++y) {
      for (std::size_t x = 0; x < size(window.kernel_width); ++x) {
        offsets.push_back((c * input.height + y * size(window.dilation_height)) * input.width +
                          x * size(window.dilation_width));
      }
    }
  }
  return offsets;
}

using Positions = std::array<std::size_t, gemm_tile_columns>;

/// First values of the windows of a tile; positions past the end repeat the last one.
Positions window_positions(std::size_t tile, const Node& node, const Window& window,
                           const PaddedInput& input) {
  Positions result;
  const std::size_t width = size(node.shape.width);
  const std::size_t last = size(node.shape.height) * width - 1;
  for (std::size_t i = 0; i < gemm_tile_columns; ++i) {
    const std::size_t position = std::min(tile * gemm_tile_columns + i, last);
    result[i] = position / width * size(window.stride_height) * input.width +
                position % width * size(window.stride_width);
  }
  return result;
}

void fill_panel(const std::int16_t* input, const Positions& positions,
                const std::vector<std::size_t>& offsets, std::vector<std::int16_t>& panel) {
  for (std::size_t k = 0; k < offsets.size(); ++k) {
    const std::int16_t* source = input + offsets[k];
    std::int16_t* target = panel.data() + (k / 2) * 2 * gemm_tile_columns + k % 2;
    for (std::size_t i = 0; i < gemm_tile_columns; ++i) target[2 * i] = source[positions[i]];
  }
}

}  // namespace

bool fits_int16(const Node& node, const Conv2d& conv, const TensorType& input) {
  return input.min() >= INT16_MIN && input.max() <= INT16_MAX && node.type.bits <= 32 &&
         size(conv.out_channels / conv.groups) >= gemm_tile_rows;
}

std::vector<std::int64_t> convolve_int16(const Node& node, const Conv2d& conv, const LayerWeights& layer,
                                         const IntegerTensor& input, unsigned threads) {
  PQ_CHECK(fits_int16(node, conv, input.type));
  const Group group(conv, input.shape);
  const std::size_t groups = size(conv.groups);
  const PaddedInput padded(input, conv.window);
  const std::size_t group_input = padded.values.size() / groups;
  const std::vector<std::int16_t> weights = pad_weights(group, groups, layer.weights);
  const std::vector<std::size_t> offsets = tap_offsets(group, conv.window, padded);
  const std::size_t plane = size(node.shape.height) * size(node.shape.width);
  const std::size_t tiles = ceil_div(plane, gemm_tile_columns);

  std::vector<std::int64_t> result(node.shape.elements());
  const auto run = [&](std::size_t begin, std::size_t end) {
    std::vector<std::int16_t> panel(group.pairs * 2 * gemm_tile_columns);
    std::vector<std::int32_t> sums(group.padded_rows * gemm_tile_columns);
    for (std::size_t turn = begin; turn < end; ++turn) {
      const std::size_t g = turn / tiles;
      const std::size_t tile = turn % tiles;
      fill_panel(padded.values.data() + g * group_input, window_positions(tile, node, conv.window, padded),
                 offsets, panel);
      multiply_tile(weights.data() + g * group.padded_rows * 2 * group.pairs, group.padded_rows, panel.data(),
                    group.pairs, sums.data());
      const std::size_t first = tile * gemm_tile_columns;
      const std::size_t count = std::min(gemm_tile_columns, plane - first);
      for (std::size_t r = 0; r < group.rows; ++r) {
        const std::size_t o = g * group.rows + r;
        const auto bias = static_cast<std::uint32_t>(layer.bias[o]);
        for (std::size_t i = 0; i < count; ++i) {
          // Modulo 2^32, as the sums are: only the total has to fit.
          const auto sum = static_cast<std::uint32_t>(sums[r * gemm_tile_columns + i]);
          result[o * plane + first + i] = static_cast<std::int32_t>(sum + bias);
        }
      }
    }
  };
  const std::size_t work = group.padded_rows * group.depth * gemm_tile_columns;
  constexpr std::size_t worth_a_thread = std::size_t{1} << 20;  // multiply-accumulates
  parallel_for(groups * tiles, ceil_div(worth_a_thread, work), run, threads);
  return result;
}

}  // namespace privquant
