#include "mpc/convolve.h"

#include "mpc/convolve_by_activation.h"
#include "mpc/convolve_by_weight.h"
#include "mpc/convolve_winograd.h"

namespace privquant {

std::string to_string(ConvolutionProtocol protocol) {
  switch (protocol) {
    case ConvolutionProtocol::after_im2col:
      return "after_im2col";
    case ConvolutionProtocol::activation_driven:
      return "activation_driven";
    case ConvolutionProtocol::weight_driven:
      return "weight_driven";
    default:
      return "winograd";
  }
}

bool supports(ConvolutionProtocol protocol, const ConvolutionShape& shape) {
  if (protocol != ConvolutionProtocol::winograd) return true;
  return shape.kernel_height == 3 && shape.kernel_width == 3 && shape.stride_height == 1 &&
         shape.stride_width == 1 && shape.dilation_height == 1 && shape.dilation_width == 1;
}

RingTensor convolve(Party& party, const Convolution& convolution, std::span<const std::int16_t> weights,
                    const RingTensor& x) {
  PQ_CHECK(supports(convolution.protocol, convolution.shape));
  switch (convolution.protocol) {
    case ConvolutionProtocol::weight_driven:
      return convolve_by_weight(party, convolution, weights, x);
    case ConvolutionProtocol::winograd:
      return convolve_winograd(party, convolution, weights, x);
    default:
      return convolve_by_activation(party, convolution, weights, x);
  }
}

void cost_convolve(Cost& cost, const Convolution& convolution) {
  PQ_CHECK(supports(convolution.protocol, convolution.shape));
  switch (convolution.protocol) {
    case ConvolutionProtocol::weight_driven:
      return cost_convolve_by_weight(cost, convolution);
    case ConvolutionProtocol::winograd:
      return cost_convolve_winograd(cost, convolution);
    default:
      return cost_convolve_by_activation(cost, convolution);
  }
}

}  // namespace privquant
