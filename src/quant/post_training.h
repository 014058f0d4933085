// A trained network rounded to any widths without training: the start of training, and what the bit search prices.
#pragma once

#include <torch/types.h>

#include <vector>

#include "nn/real_model.h"
#include "quant/quantisable_graph.h"
#include "quant/trainable_network.h"
#include "quant/width_limits.h"

namespace privquant {

/// From so many pictures exponents are measured.
inline constexpr std::int64_t calibration_pictures = 512;

/// Tables by width have this many entries; 0 is not used.
inline constexpr std::size_t rounding_widths = 17;

class PostTraining {
 public:
  /// Measures on these pictures (real values, N × channels × height × width) which exponents of weights and
  /// activations have the least squared error, at every width, and what rounding does to biases (mean_change.h).
  /// Holds the results of pictures_at_once, and up to 2^20 values of every node.
  PostTraining(const RealModel& model, const torch::Tensor& pictures, const WidthLimits& limits);

  const RealModel& model() const { return model_; }
  const WidthLimits& limits() const { return limits_; }
  const std::vector<NodeId>& layers() const { return layers_; }

  /// The graph at these widths with its exponents, the accumulators' widths open.
  QuantisableGraph graph_at(const NetworkWidths& widths) const;
  /// Rounded, biases corrected, with accumulators as wide as they must be, or narrower by what is cut: there some
  /// weights have moved towards zero, and biases take back what that shifts as well, as far as they have room.
  /// May be called from several threads, as priced_at(). Both @throws Error(model) naming the layer whose sums or
  /// bias need more than 64 bits.
  Model model_at(const NetworkWidths& widths) const;
  /// By node of model(): its weights in real numbers, with the biases of model_at().
  AllRealWeights corrected_weights(const NetworkWidths& widths) const;
  /// Of model_at() the graph, which is all that a price needs, and what its accumulators may reach. Its weights are
  /// others where something is cut: shrunk by 2^cut.
  Model priced_at(const NetworkWidths& widths) const;

  /// Mean over the weights of the squared rounding error of layer `layer` (of layers()).
  double weight_error(std::size_t layer, int bits) const { return at(weights_[layer], bits).error; }
  int weight_exponent(std::size_t layer, int bits) const { return at(weights_[layer], bits).exponent; }
  int activation_exponent(NodeId real, int bits, bool is_signed) const;

 private:
  struct Rounding {
    int exponent = 0;
    double error = 0;
    std::vector<std::int16_t> integers;  ///< of weights only
    std::vector<float> shift;            ///< likewise: the mean change of each output channel
    bool measured = false;
  };
  /// By width.
  using Roundings = std::vector<Rounding>;
  const Rounding& at(const Roundings& roundings, int bits) const;
  /// Of layer `layer`: less what rounding its weights shifts its results by, on average over the pictures.
  std::vector<float> corrected_bias(std::size_t layer, int bits) const;

  RealModel model_;
  WidthLimits limits_;
  TensorType input_type_;
  std::vector<NodeId> layers_;
  std::vector<torch::Tensor> mean_inputs_;    ///< by layer: what it reads, over the pictures
  std::vector<Roundings> weights_;            ///< by layer
  std::vector<Roundings> unsigned_, signed_;  ///< by node of the real graph
};

}  // namespace privquant
