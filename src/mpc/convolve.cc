#include "mpc/convolve.h"

#include "mpc/convolve_by_activation.h"

namespace privquant {

bool supports(ConvolutionProtocol protocol, const ConvolutionShape& /*shape*/) {
  return protocol == ConvolutionProtocol::after_im2col;
}

RingTensor convolve(Party& party, const Convolution& convolution, std::span<const std::int16_t> weights,
                    const RingTensor& x) {
  PQ_CHECK(supports(convolution.protocol, convolution.shape));
  return convolve_by_activation(party, convolution, weights, x);
}

void cost_convolve(Cost& cost, const Convolution& convolution) {
  PQ_CHECK(supports(convolution.protocol, convolution.shape));
  cost_convolve_by_activation(cost, convolution);
}

}  // namespace privquant
