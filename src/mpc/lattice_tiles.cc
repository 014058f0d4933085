#include "mpc/lattice_tiles.h"

#include <algorithm>

#include "base/error.h"

namespace privquant {
namespace {

int reach(int outputs, int stride, int kernel, int dilation) {
  return (outputs - 1) * stride + (kernel - 1) * dilation + 1;
}

// Rows or columns of a window that a tap reads.
std::vector<bool> touched(int outputs, int stride, int kernel, int dilation) {
  const int size = reach(outputs, stride, kernel, dilation);
  std::vector<bool> result(static_cast<std::size_t>(size));
  for (int i = 0; i < outputs; ++i) {
    for (int k = 0; k < kernel; ++k) {
      const int at = i * stride + k * dilation;
      result[static_cast<std::size_t>(at)] = true;
    }
  }
  return result;
}

}  // namespace

LatticeTiles::LatticeTiles(const ConvolutionShape& shape, std::size_t n, int rows, int columns)
    : shape_(shape), n_(n), rows_(rows), columns_(columns) {
  const int width = reach(columns, shape.stride_width, shape.kernel_width, shape.dilation_width);
  pitch_ = width;
  if (columns == shape.out_width) {
    const int left = std::min(shape.pad_left, width);
    const int right = std::max(0, width - shape.pad_left - shape.in_width);
    const int shared = width - std::min(left, right);
    // Taps must keep different places.
    if (shared > (shape.kernel_width - 1) * shape.dilation_width) pitch_ = shared;
  }
}

std::size_t LatticeTiles::tap(int ky, int kx) const {
  return static_cast<std::size_t>(ky * shape_.dilation_height) * static_cast<std::size_t>(pitch_) +
         static_cast<std::size_t>(kx * shape_.dilation_width);
}

std::optional<LatticeTiles> LatticeTiles::make(const ConvolutionShape& shape, std::size_t n, int rows,
                                               int columns) {
  LatticeTiles tiles(shape, n, rows, columns);
  if (tiles.tap(shape.kernel_height - 1, shape.kernel_width - 1) >= n) return std::nullopt;
  std::vector<bool> seen(static_cast<std::size_t>(shape.in_height) *
                         static_cast<std::size_t>(shape.in_width));
  for (int row = 0; row < shape.out_height; row += rows) {
    for (int column = 0; column < shape.out_width; column += columns) {
      if (!tiles.add_block(row, column, seen)) return std::nullopt;
    }
  }
  return tiles;
}

bool LatticeTiles::add_block(int first_row, int first_column, std::vector<bool>& seen) {
  const int rows = std::min(rows_, shape_.out_height - first_row);
  const int columns = std::min(columns_, shape_.out_width - first_column);
  const auto pitch = static_cast<std::size_t>(pitch_);
  Block block;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const std::size_t index = static_cast<std::size_t>(y * shape_.stride_height) * pitch +
                                static_cast<std::size_t>(x * shape_.stride_width);
      if (index >= n_) return false;
      block.outputs.push_back(
          {static_cast<std::uint32_t>(index),
           static_cast<std::uint32_t>((first_row + y) * shape_.out_width + first_column + x)});
    }
  }
  const auto row_touched = touched(rows, shape_.stride_height, shape_.kernel_height, shape_.dilation_height);
  const auto column_touched =
      touched(columns, shape_.stride_width, shape_.kernel_width, shape_.dilation_width);
  constexpr std::int32_t nothing = -2;
  constexpr std::int32_t zero = -1;
  std::vector<std::int32_t> content(n_, nothing);
  for (std::size_t y = 0; y < row_touched.size(); ++y) {
    if (!row_touched[y]) continue;
    const int in_y = first_row * shape_.stride_height - shape_.pad_top + static_cast<int>(y);
    for (std::size_t x = 0; x < column_touched.size(); ++x) {
      if (!column_touched[x]) continue;
      const int in_x = first_column * shape_.stride_width - shape_.pad_left + static_cast<int>(x);
      const bool inside = in_y >= 0 && in_y < shape_.in_height && in_x >= 0 && in_x < shape_.in_width;
      const std::int32_t pixel = inside ? in_y * shape_.in_width + in_x : zero;
      const std::size_t index = y * pitch + x;
      // What wraps around changes its sign, which only zeros bear.
      if (index >= 2 * n_ || (index >= n_ && inside)) return false;
      std::int32_t& at = content[index % n_];
      if (at != nothing && at != pixel) return false;
      at = pixel;
    }
  }
  for (std::size_t index = 0; index < n_; ++index) {
    const std::int32_t pixel = content[index];
    if (pixel == nothing) continue;
    const bool fresh = pixel != zero && !seen[static_cast<std::size_t>(pixel)];
    if (fresh) seen[static_cast<std::size_t>(pixel)] = true;
    block.cells.push_back({static_cast<std::uint32_t>(index), pixel, fresh});
    ++cells_;
    given_ += fresh ? 0 : 1;
  }
  blocks_.push_back(std::move(block));
  return true;
}

}  // namespace privquant
