// Convolution and linear layers with weights that the server knows. Read this header first; one file a
// protocol.
//
// Functionality  ⟨W ∗ x⟩ in Z_{2^l} <- convolve(W of the server, ⟨x⟩).
// The protocols differ in whose bits choose, and in what is sent how often:
//   after_im2col       the client's bits of x choose, on every copy of a value that im2col makes, and every
//                      copy pays for its wrap (convolve_by_activation.h; SiRNN's published way)
//   activation_driven  the same once per value: one choice serves all weights that meet it
//   weight_driven      the server's weight bits choose; x is in Z_{2^l} already (convolve_by_weight.h)
//   winograd           weight_driven on the transformed weights of F(2×2, 3×3); x is in Z_{2^(l+2)}
//                      (convolve_winograd.h)
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "mpc/convolution_shape.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

enum class ConvolutionProtocol { after_im2col, activation_driven, weight_driven, winograd };
/// "after_im2col", "activation_driven", …
std::string to_string(ConvolutionProtocol protocol);

/// What both parties know of the input's sharing, used where the activations drive.
enum class InputSharing {
  general,      ///< nothing: the wrap is computed
  msb_zero,     ///< the top bit of the value's unsigned reading is 0: the wrap is free
  client_only,  ///< the server's share is 0: there is no wrap
};

struct Convolution {
  ConvolutionShape shape;
  ConvolutionProtocol protocol = ConvolutionProtocol::after_im2col;
  Width input{8};                ///< ring of x; weight_driven: the accumulator's; winograd: two bits more
  Width accumulator{16};         ///< l, at least `input` where the activations drive
  bool input_is_signed = false;  ///< how x is read where the activations drive
  InputSharing sharing = InputSharing::general;
  int weight_bits = 8;  ///< two's complement; what drives in weight_driven and winograd
  bool operator==(const Convolution&) const = default;
};

/// Whether `protocol` can run this shape (winograd: 3×3, stride 1, dilation 1).
bool supports(ConvolutionProtocol protocol, const ConvolutionShape& shape);

/// weights[out][in / groups][row][column]: the server's, empty for the client.
RingTensor convolve(Party& party, const Convolution& convolution, std::span<const std::int16_t> weights,
                    const RingTensor& x);
void cost_convolve(Cost& cost, const Convolution& convolution);

}  // namespace privquant
