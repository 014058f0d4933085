// Convolutions and linear layers: every protocol that the profile and the shape allow, at its exact price.
#include <fmt/format.h>

#include <algorithm>

#include "mpc/convolution_copies.h"
#include "plan/lowering.h"

namespace privquant {
namespace {

// Of one layer after im2col: what fits a 32-bit index, and far more than any known network has.
constexpr std::size_t max_copies = std::size_t{1} << 31;
// Of one layer; far more than anybody could run, and few enough for prices in bits to fit 64 bits.
constexpr std::size_t max_products = std::size_t{1} << 48;
constexpr int winograd_spare_bits = 2;
constexpr int most_winograd_weight_bits = 12;  // transformed weights take four bits more, in 16

}  // namespace

std::optional<step::MaskedConvolve> Lowering::masked_convolve(const ConvolutionShape& shape, int weight_bits,
                                                              int ring) const {
  if (profile_->linear == LinearPreparation::ot) return std::nullopt;
  // Accumulators are as wide as values that are reached ask for, so their width does not bound the weights.
  const LatticeLayer layer{shape, Width(ring), weight_bits, 0, outputs_log2_};
  const auto lattice = find_lattice_plan(layer);
  if (!lattice) return std::nullopt;
  return step::MaskedConvolve{layer, *lattice};
}

ValueId Lowering::convolve(const Node& node, const ConvolutionShape& shape, const TensorType& weight_type) {
  if (count_convolution_copies(shape) > max_copies)
    fail(ErrorCode::model, "more than {} inputs to multiply; the network is too large", max_copies);
  if (shape.fan_in() * shape.out_channels > max_products / shape.positions())
    fail(ErrorCode::model, "more than {} products in one layer; the network is too large", max_products);
  const TensorType& type = input(node).type;
  const NodeId operand = node.inputs[0];
  const int weight_bits = weight_type.bits;

  std::vector<Alternative> alternatives;
  // The accumulator's own width, one bit more (its msb is then known), or what its consumers want.
  const int least = std::max(node.type.bits, type.bits);
  const int wanted = std::max(least, wanted_[node_]);
  std::vector<int> rings{wanted};
  if (on(Pass::residual)) {
    if (wanted > least) rings.insert(rings.begin(), least);
    if (wanted > least + 1) rings.insert(rings.begin() + 1, least + 1);
  }
  const auto in_bits = [&](std::string name, int ring) {
    return rings.size() > 1 ? fmt::format("{} in {} bits", name, ring) : name;
  };
  const bool left_to_ots =
      profile_->linear == LinearPreparation::automatic && options_->ot_layers.contains(node_);
  for (const int ring : rings) {
    const auto masked = masked_convolve(shape, weight_bits, ring);
    if (!masked) continue;
    alternatives.push_back({in_bits("lattice", ring),
                            left_to_ots
                                ? "fewer bytes, but more time than OTs on the server's machine and link"
                                : "all but one masked tensor is sent before the input exists",
                            [this, masked, operand, size = node.shape.elements()] {
                              const Width width = masked->layer.ring;
                              return builder_.emit(*masked, {builder_.in_ring(operand, width)}, width, size);
                            },
                            !left_to_ots});
  }
  if (profile_->linear == LinearPreparation::lattice && !alternatives.empty()) rings.clear();
  for (const int ring : rings) {
    const Width accumulator(ring);
    const auto alternative = [&](ConvolutionProtocol protocol, int input_bits, InputSharing sharing,
                                 std::string why) {
      const Convolution convolution{shape,          protocol, Width(input_bits), accumulator,
                                    type.is_signed, sharing,  weight_bits};
      alternatives.push_back({in_bits(to_string(protocol), ring), std::move(why),
                              [this, convolution, operand, size = node.shape.elements()] {
                                return builder_.emit(step::Convolve{convolution},
                                                     {builder_.in_ring(operand, convolution.input)},
                                                     convolution.accumulator, size);
                              }});
    };
    if (!on(Pass::before_im2col)) {
      alternative(ConvolutionProtocol::after_im2col, type.bits, InputSharing::general,
                  "every copy of an activation chooses and pays for its wrap");
    } else if (std::holds_alternative<Input>(input(node).op)) {
      alternative(ConvolutionProtocol::activation_driven, type.bits, InputSharing::client_only,
                  "the client knows the input: there is no wrap");
    } else if (on(Pass::sign_propagation) && !type.is_signed && builder_.has_spare_bit(operand) &&
               ring > type.bits) {
      alternative(ConvolutionProtocol::activation_driven, type.bits + 1, InputSharing::msb_zero,
                  "the activation's top bit is known: its wrap is free");
    } else {
      alternative(ConvolutionProtocol::activation_driven, type.bits, InputSharing::general,
                  "one choice for all weights of an activation");
    }
    if (on(Pass::weight_driven)) {
      alternative(ConvolutionProtocol::weight_driven, ring, InputSharing::general,
                  "the weights' bits choose; no wrap in the accumulator's ring");
    }
    if (on(Pass::weight_driven) && on(Pass::winograd) && supports(ConvolutionProtocol::winograd, shape) &&
        weight_bits <= most_winograd_weight_bits && ring + winograd_spare_bits <= 64) {
      alternative(ConvolutionProtocol::winograd, ring + winograd_spare_bits, InputSharing::general,
                  "16 products instead of 36 for four outputs, on wider weights");
    }
  }
  return choose("convolution protocol", alternatives, [&, this](ValueId sums) {
    if (builder_.width_of(sums) < node.type.bits) return;
    builder_.set_result(node_, sums);
    builder_.in_ring(node_, Width(wanted));
  });
}

}  // namespace privquant
