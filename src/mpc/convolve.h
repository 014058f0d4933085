// Convolution and linear layers with weights that the server knows: activation-driven, after im2col (SiRNN's
// way).
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- convolve(W of the server, ⟨x⟩ in Z_{2^m}), x read unsigned or signed;
// l ≥ m. Construction   x = x0 + x1 − 2^m·w over the integers (signed: moved by 2^(m−1)). The server computes
// W·x0 alone. Bit i of
//                the client's x1 chooses W·2^i by one OT whose message carries all output channels of that
//                group at l − i bits; the wrap w of every im2col copy enters as bit m, with the server's part
//                of w in the sign: W·(w0 ⊕ w1)·2^m = W·w0·2^m + w1·W·(1 − 2·w0)·2^m.
// Cost           per im2col element: the wrap of m bits, m + 1 random OTs, m + 1 choice corrections (bit m
// only where m < l),
//                outputs per group · Σ_{i≤m} (l − i) bits.
// Rounds         the wrap's, then 2.
// Source         SiRNN (arXiv 2105.04236, section 3.2); PrivQuant (2410.09531) for the accumulator's width l.
// Security       semi-honest; COT with pads stretched by AES.
#pragma once

#include <cstdint>
#include <span>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// A two-dimensional convolution of one picture; a linear layer is a 1×1 convolution of a 1×1 picture.
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

struct LinearWidths {
  Width input;
  Width accumulator;
  bool input_is_signed;
  bool operator==(const LinearWidths&) const = default;
};

/// weights[out][in / groups][row][column]: the server's, empty for the client.
RingTensor convolve(Party& party, const ConvolutionShape& shape, const LinearWidths& widths,
                    std::span<const std::int16_t> weights, const RingTensor& x);
void cost_convolve(Cost& cost, const ConvolutionShape& shape, const LinearWidths& widths);

}  // namespace privquant
