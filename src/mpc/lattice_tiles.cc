#include "mpc/lattice_tiles.h"

#include <algorithm>

#include "base/error.h"

namespace privquant {
namespace {

// What a cell may hold beside a pixel.
constexpr std::int32_t zero = -1;
constexpr std::int32_t unread = -2;

}  // namespace

StridePhases::StridePhases(int kernel, int stride, int dilation) {
  for (int tap = 0; tap < kernel; ++tap) residues_.push_back(tap * dilation % stride);
  std::sort(residues_.begin(), residues_.end());
  residues_.erase(std::unique(residues_.begin(), residues_.end()), residues_.end());
  for (int tap = 0; tap < kernel; ++tap) {
    const auto at = std::lower_bound(residues_.begin(), residues_.end(), tap * dilation % stride);
    taps_.push_back({static_cast<int>(at - residues_.begin()), tap * dilation / stride});
  }
  most_shift_ = taps_.back().shift;
}

std::vector<int> StridePhases::places(int phase, int outputs) const {
  std::vector<int> result;
  for (int place = 0; place < outputs + most_shift_; ++place) {
    const bool read = std::any_of(taps_.begin(), taps_.end(), [&](const Tap& tap) {
      return tap.phase == phase && place >= tap.shift && place < tap.shift + outputs;
    });
    if (read) result.push_back(place);
  }
  return result;
}

int phases_of(const ConvolutionShape& shape) {
  return StridePhases(shape.kernel_height, shape.stride_height, shape.dilation_height).count() *
         StridePhases(shape.kernel_width, shape.stride_width, shape.dilation_width).count();
}

std::size_t lanes_of(const ConvolutionShape& shape) {
  return static_cast<std::size_t>(shape.in_channels) * static_cast<std::size_t>(phases_of(shape));
}

LatticeTiles::LatticeTiles(const ConvolutionShape& shape, std::size_t n, int rows, int columns)
    : shape_(shape),
      down_(shape.kernel_height, shape.stride_height, shape.dilation_height),
      across_(shape.kernel_width, shape.stride_width, shape.dilation_width),
      n_(n),
      rows_(rows),
      columns_(columns),
      pitch_(columns + across_.most_shift()) {
  if (columns == shape.out_width) {
    const int shared = pitch_ - zeros_where_rows_meet(pitch_);
    // Taps must keep different places.
    if (shared > across_.most_shift()) pitch_ = shared;
  }
}

// How many columns are padding at the end of a row and at the beginning, in every phase.
int LatticeTiles::zeros_where_rows_meet(int width) const {
  int least = width;
  for (int phase = 0; phase < across_.count(); ++phase) {
    int left = 0;
    int right = 0;
    for (int x = 0; x < width; ++x) {
      const int in_x = x * shape_.stride_width + across_.residue(phase) - shape_.pad_left;
      left += in_x < 0 ? 1 : 0;
      right += in_x >= shape_.in_width ? 1 : 0;
    }
    least = std::min({least, left, right});
  }
  return least;
}

std::size_t LatticeTiles::tap(int ky, int kx) const {
  return static_cast<std::size_t>(down_.shift_of(ky)) * static_cast<std::size_t>(pitch_) +
         static_cast<std::size_t>(across_.shift_of(kx));
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
  Block block;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const std::size_t index =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(pitch_) + static_cast<std::size_t>(x);
      if (index >= n_) return false;
      block.outputs.push_back(
          {static_cast<std::uint32_t>(index),
           static_cast<std::uint32_t>((first_row + y) * shape_.out_width + first_column + x)});
    }
  }
  for (int down = 0; down < down_.count(); ++down) {
    for (int across = 0; across < across_.count(); ++across) {
      const auto pixels = contents(first_row, first_column, rows, columns, down, across);
      if (pixels.empty()) return false;
      auto& cells = block.cells.emplace_back();
      for (std::size_t index = 0; index < n_; ++index) {
        const std::int32_t pixel = pixels[index];
        if (pixel == unread) continue;
        const bool fresh = pixel != zero && !seen[static_cast<std::size_t>(pixel)];
        if (fresh) seen[static_cast<std::size_t>(pixel)] = true;
        cells.push_back({static_cast<std::uint32_t>(index), pixel, fresh});
        ++cells_;
        given_ += fresh ? 0 : 1;
      }
    }
  }
  blocks_.push_back(std::move(block));
  return true;
}

std::vector<std::int32_t> LatticeTiles::contents(int first_row, int first_column, int rows, int columns,
                                                 int phase_down, int phase_across) const {
  std::vector<std::int32_t> result(n_, unread);
  const std::vector<int> places = across_.places(phase_across, columns);
  for (const int y : down_.places(phase_down, rows)) {
    const int in_y = (first_row + y) * shape_.stride_height + down_.residue(phase_down) - shape_.pad_top;
    for (const int x : places) {
      const int in_x =
          (first_column + x) * shape_.stride_width + across_.residue(phase_across) - shape_.pad_left;
      const bool inside = in_y >= 0 && in_y < shape_.in_height && in_x >= 0 && in_x < shape_.in_width;
      const std::int32_t pixel = inside ? in_y * shape_.in_width + in_x : zero;
      const std::size_t index =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(pitch_) + static_cast<std::size_t>(x);
      // What wraps around changes its sign, which only zeros bear.
      if (index >= 2 * n_ || (index >= n_ && inside)) return {};
      std::int32_t& at = result[index % n_];
      if (at != unread && at != pixel) return {};
      at = pixel;
    }
  }
  return result;
}

}  // namespace privquant
