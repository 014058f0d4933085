// Pooling over two-dimensional windows.
//
// Functionality  sum_pool: the sum over every window (padding counts as 0), local.
//                max_pool: ⟨max⟩ over every window.
// Construction   max_pool: a tournament (maximum.h) over the window's elements, all windows side by side;
//                padding never plays.
// Cost           max_pool: per window of n elements n − 1 comparisons and multiplexes, ⌈log2 n⌉ levels.
// Security       as maximum.
#pragma once

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

struct PoolShape {
  int channels = 1, in_height = 1, in_width = 1, out_height = 1, out_width = 1;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation_height = 1, dilation_width = 1;
  int pad_top = 0, pad_left = 0;

  std::size_t inputs() const;
  std::size_t outputs() const;
  bool operator==(const PoolShape&) const = default;
};

RingTensor sum_pool(const PoolShape& shape, const RingTensor& x);

/// Values are two's complement; the difference of any two must stay in the signed range of the ring.
RingTensor max_pool(Party& party, const PoolShape& shape, const RingTensor& x);
void cost_max_pool(Cost& cost, const PoolShape& shape, Width width);

}  // namespace privquant
