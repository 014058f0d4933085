// Convolutions and linear layers: every protocol that the profile and the shape allow, at its exact price.
#include <algorithm>

#include "mpc/convolution_copies.h"
#include "plan/lowering.h"

namespace privquant {
namespace {

// Of one layer after im2col: what fits a 32-bit index, and far more than any known network has.
constexpr std::size_t max_copies = std::size_t{1} << 31;
constexpr int winograd_spare_bits = 2;

}  // namespace

ValueId Lowering::convolve(const Node& node, const ConvolutionShape& shape, const TensorType& weight_type) {
  if (count_convolution_copies(shape) > max_copies)
    fail(ErrorCode::model, "more than {} inputs to multiply; the network is too large", max_copies);
  const TensorType& type = input(node).type;
  const NodeId operand = node.inputs[0];
  const Width accumulator(std::max({node.type.bits, wanted_[node_], type.bits}));
  // An unsigned weight is driven by its bits and a sign that is never set.
  const int weight_bits = std::min(weight_type.bits + (weight_type.is_signed ? 0 : 1), accumulator.bits());

  const auto run = [=, size = node.shape.elements()](Lowering& lowering, ConvolutionProtocol protocol,
                                                     Width ring, InputSharing sharing) {
    const Convolution convolution{shape, protocol, ring, accumulator, type.is_signed, sharing, weight_bits};
    return lowering.builder_.emit(step::Convolve{convolution}, {lowering.builder_.in_ring(operand, ring)},
                                  accumulator, size);
  };
  const auto alternative = [&](ConvolutionProtocol protocol, int ring_bits, InputSharing sharing,
                               std::string why) {
    return Alternative{to_string(protocol), std::move(why), [=](Lowering& lowering) {
                         return run(lowering, protocol, Width(ring_bits), sharing);
                       }};
  };

  std::vector<Alternative> alternatives;
  if (!on(Pass::before_im2col)) {
    alternatives.push_back(alternative(ConvolutionProtocol::after_im2col, type.bits, InputSharing::general,
                                       "every copy of an activation chooses and pays for its wrap"));
  } else if (std::holds_alternative<Input>(input(node).op)) {
    alternatives.push_back(alternative(ConvolutionProtocol::activation_driven, type.bits,
                                       InputSharing::client_only,
                                       "the client knows the input: there is no wrap"));
  } else if (on(Pass::sign_propagation) && !type.is_signed && builder_.has_spare_bit(operand) &&
             accumulator.bits() > type.bits) {
    alternatives.push_back(alternative(ConvolutionProtocol::activation_driven, type.bits + 1,
                                       InputSharing::msb_zero,
                                       "the activation's top bit is known: its wrap is free"));
  } else {
    alternatives.push_back(alternative(ConvolutionProtocol::activation_driven, type.bits,
                                       InputSharing::general, "one choice for all weights of an activation"));
  }
  if (on(Pass::weight_driven)) {
    alternatives.push_back(alternative(ConvolutionProtocol::weight_driven, accumulator.bits(),
                                       InputSharing::general,
                                       "the weights' bits choose; no wrap in the accumulator's ring"));
  }
  if (on(Pass::winograd) && supports(ConvolutionProtocol::winograd, shape) &&
      accumulator.bits() + winograd_spare_bits <= 64) {
    alternatives.push_back(alternative(ConvolutionProtocol::winograd,
                                       accumulator.bits() + winograd_spare_bits, InputSharing::general,
                                       "16 products instead of 36 for four outputs, on wider weights"));
  }
  return choose("convolution protocol", alternatives, [](Lowering&, ValueId) {});
}

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

}  // namespace privquant
