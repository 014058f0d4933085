// Which input value meets which weights in which output: im2col as a list, padding left out.
//
// What only counts takes time and memory by the kernel, not by the picture: plans are made of shapes that the
// peer states.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "mpc/convolution_shape.h"

namespace privquant {

/// Along one axis, the outputs [begin, begin + count) meet the inputs first, first + stride, … by one tap of
/// the kernel.
struct Reach {
  std::size_t begin;
  std::size_t count;
  std::size_t first;
};
/// One of each row, or column, of the kernel.
std::vector<Reach> row_reaches(const ConvolutionShape& shape);
std::vector<Reach> column_reaches(const ConvolutionShape& shape);

struct ConvolutionCopy {
  /// Index of the input value.
  std::uint32_t input;
  /// group · fan_in + position in the kernel: a row of out_channels / groups weights.
  std::uint32_t weight_row;
  /// group · positions + output pixel: a row of out_channels / groups accumulators.
  std::uint32_t output_row;
};

/// Units of one size: the copies of a unit share one choice.
struct CopyClass {
  std::size_t copies_per_unit;
  std::size_t units;
};
struct ConvolutionCopies {
  std::vector<CopyClass> classes;       ///< by ascending size
  std::vector<ConvolutionCopy> copies;  ///< class by class, unit by unit
  std::size_t units() const;
};

/// Every copy is a unit of its own: by group, output pixel, then kernel position.
ConvolutionCopies separate_copies(const ConvolutionShape& shape);
/// SIZE_MAX beyond 10^18.
std::size_t count_convolution_copies(const ConvolutionShape& shape);

/// All copies of one input value are one unit; a value that meets no weight has none.
ConvolutionCopies copies_by_input(const ConvolutionShape& shape);
std::vector<CopyClass> count_copies_by_input(const ConvolutionShape& shape);

}  // namespace privquant
