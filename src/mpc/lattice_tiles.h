// How a picture and its products lie in polynomials: blocks of output pixels, rows in a row, channels
// interleaved.
//
// With r a power of two and n = N/r, channel c of a block lies at exponents c + r·k, k < n its cells. Cell
// k of a block is the padded input's pixel (y, x) of the block's window, k = y·pitch + x; zeros of padding
// share cells where rows meet, and beyond n where zeros meet zeros. The weights of one output, Σ
// w[c][ky][kx]·X^(−c − r·(ky·dilation·pitch + kx·dilation)), then give output pixel (i, j) at exponent
// r·(i·stride·pitch + j·stride): divisible by r. Strides are free, a pixel in the halo of two blocks is
// given to the second (docs/lattice.md). Groups and depthwise layers use the channels that they need.
// Source  Cheetah (ePrint 2022/207, section 3) for coefficients; interleaving is what packing needs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mpc/convolution_shape.h"

namespace privquant {

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
    std::vector<Cell> cells;  ///< those that an output reads, by index
    std::vector<Output> outputs;
  };

  /// Blocks of rows × columns output pixels in n cells; none if they do not fit.
  static std::optional<LatticeTiles> make(const ConvolutionShape& shape, std::size_t n, int rows,
                                          int columns);

  const std::vector<Block>& blocks() const { return blocks_; }
  /// Cells over all blocks, and those among them whose value is given.
  std::size_t cells() const { return cells_; }
  std::size_t given_cells() const { return given_; }
  /// ky·dilation·pitch + kx·dilation.
  std::size_t tap(int ky, int kx) const;

 private:
  LatticeTiles(const ConvolutionShape& shape, std::size_t n, int rows, int columns);
  bool add_block(int first_row, int first_column, std::vector<bool>& seen);

  ConvolutionShape shape_;
  std::size_t n_;
  int rows_, columns_;
  int pitch_;
  std::vector<Block> blocks_;
  std::size_t cells_ = 0, given_ = 0;
};

}  // namespace privquant
