// How a picture and its products lie in polynomials: blocks of output pixels, rows in a row, lanes
// interleaved.
//
// A strided convolution is one of stride 1 of its phases: tap k of stride s reads, for output i, place
// i + (k·dilation) div s of the phase (k·dilation) mod s, which holds every s-th row (column). A lane is a phase
// of a channel; phases that no tap reads are none. With r a power of two and n = N/r, lane c of r lies at
// exponents c + r·k, k < n its cells. Cell k of a block is place (y, x) of the block's window, k = y·pitch + x;
// zeros of padding share cells where rows meet, and beyond n where zeros meet zeros. The weights of one output,
// Σ w[c][ky][kx]·X^(−lane − r·tap(ky, kx)), then give output pixel (i, j) at exponent r·(i·pitch + j):
// divisible by r. A pixel in the halo of two blocks is given to the second (docs/lattice.md). Groups and
// depthwise layers use the lanes that they need.
// Source  Cheetah (ePrint 2022/207, section 3) for coefficients; interleaving is what packing needs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mpc/convolution_shape.h"

namespace privquant {

/// One dimension of a kernel on the phases of its stride.
class StridePhases {
 public:
  StridePhases(int kernel, int stride, int dilation);

  /// How many residues of the stride any tap reads, in their order.
  int count() const { return static_cast<int>(residues_.size()); }
  int residue(int phase) const { return residues_[static_cast<std::size_t>(phase)]; }
  int phase_of(int tap) const { return taps_[static_cast<std::size_t>(tap)].phase; }
  /// Places by which a tap lies behind the output.
  int shift_of(int tap) const { return taps_[static_cast<std::size_t>(tap)].shift; }
  int most_shift() const { return most_shift_; }
  /// The places of a phase that so many outputs read, in their order.
  std::vector<int> places(int phase, int outputs) const;

 private:
  struct Tap {
    int phase, shift;
  };
  std::vector<int> residues_;
  std::vector<Tap> taps_;
  int most_shift_ = 0;
};

/// Phases of a channel.
int phases_of(const ConvolutionShape& shape);
std::size_t lanes_of(const ConvolutionShape& shape);  ///< phases of all channels

class LatticeTiles {
 public:
  struct Cell {
    std::uint32_t index;  ///< k < n
    std::int32_t pixel;   ///< of the input's plane, −1: a zero of the padding
    bool fresh;           ///< no earlier block holds this pixel
  };
  struct Output {
    std::uint32_t index;  ///< k < n
    std::uint32_t pixel;  ///< of the output's plane
  };
  struct Block {
    std::vector<std::vector<Cell>> cells;  ///< of each phase, those that an output reads, by index
    std::vector<Output> outputs;
  };

  /// Blocks of rows × columns output pixels in n cells; none if they do not fit.
  static std::optional<LatticeTiles> make(const ConvolutionShape& shape, std::size_t n, int rows,
                                          int columns);

  const std::vector<Block>& blocks() const { return blocks_; }
  /// Cells of a channel over all phases and blocks, and those among them whose value is given.
  std::size_t cells() const { return cells_; }
  std::size_t given_cells() const { return given_; }
  /// The phase that a tap reads, and how many cells behind the output.
  int phase(int ky, int kx) const { return down_.phase_of(ky) * across_.count() + across_.phase_of(kx); }
  std::size_t tap(int ky, int kx) const;

 private:
  LatticeTiles(const ConvolutionShape& shape, std::size_t n, int rows, int columns);
  int zeros_where_rows_meet(int width) const;
  bool add_block(int first_row, int first_column, std::vector<bool>& seen);
  /// The input's pixel at each of n cells of a phase that an output reads; empty if they do not fit.
  std::vector<std::int32_t> contents(int first_row, int first_column, int rows, int columns, int phase_down,
                                     int phase_across) const;

  ConvolutionShape shape_;
  StridePhases down_, across_;
  std::size_t n_;
  int rows_, columns_;
  int pitch_;
  std::vector<Block> blocks_;
  std::size_t cells_ = 0, given_ = 0;
};

}  // namespace privquant
