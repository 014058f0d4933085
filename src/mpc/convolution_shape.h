// The geometry of a two-dimensional convolution of one picture; a linear layer is a 1×1 convolution of a 1×1
// picture.
#pragma once

#include <cstddef>

namespace privquant {

struct ConvolutionShape {
  int in_channels = 1, in_height = 1, in_width = 1;
  int out_channels = 1, out_height = 1, out_width = 1;
  int groups = 1;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int pad_top = 0, pad_left = 0;

  std::size_t inputs() const;
  std::size_t outputs() const;
  std::size_t positions() const;  ///< output pixels
  std::size_t fan_in() const;     ///< weights that meet in one output
  bool operator==(const ConvolutionShape&) const = default;
};

}  // namespace privquant
