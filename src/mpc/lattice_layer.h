// A linear layer that is prepared by lattices: which tiles, how many bits, and what it costs. Read this
// header first, then docs/lattice.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lattice/noise.h"
#include "mpc/convolution_shape.h"
#include "mpc/lattice_tiles.h"
#include "ot/cost.h"
#include "ring/width.h"

namespace privquant {

/// What is public of the layer.
struct LatticeLayer {
  ConvolutionShape shape;
  Width ring{16};       ///< the accumulator's, at most 40 bits
  int weight_bits = 8;  ///< two's complement
  /// Bound on Σ|w| of an output channel; 0: what weight_bits allow.
  std::uint64_t weight_norm = 0;
  int outputs_log2 = 23;  ///< outputs_log2_of() all linear layers of a network
};

/// Bound on Σ|w| of an output channel whose sums of *any* inputs in [least, greatest] fit `bits` bits. Models'
/// accumulators hold only what is reached, so no plan derives a norm from them (docs/lattice.md).
std::uint64_t weight_norm_of(int accumulator_bits, std::int64_t least, std::int64_t greatest);

struct LatticePlan {
  LatticeSet set = LatticeSet::small;
  std::size_t packing = 1;    ///< r: lanes of a question's polynomial, outputs of an answer's
  int rows = 1, columns = 1;  ///< of a block of outputs
  Precision precision;
  std::size_t question_bytes = 0;  ///< seed and ciphertexts, from the client
  std::size_t answer_bytes = 0;    ///< from the server
};

/// The tiles of least bytes, question and answer together; r is at most `most_packed`. None if no parameter set
/// holds the layer: a ring beyond 40 bits, or kernels wider than a polynomial.
std::optional<LatticePlan> find_lattice_plan(const LatticeLayer& layer, std::size_t most_packed = 64);
/// Likewise. @throws Error(model) if there is none.
LatticePlan plan_lattice_layer(const LatticeLayer& layer, std::size_t most_packed = 64);

LatticeTiles tiles_of(const LatticeLayer& layer, const LatticePlan& plan);
NoiseInput noise_input_of(const LatticeLayer& layer, std::size_t packing);

/// For each set the greatest r among a session's layers; 0: the set is not used.
struct LatticeKeyDemand {
  std::size_t small = 0;
  std::size_t large = 0;
  void add(const LatticePlan& plan);
};
/// One message of the client, once a session.
void cost_lattice_keys(Cost& cost, const LatticeKeyDemand& demand);
/// Preparation of any number of layers: all their questions, then all their answers.
void cost_prepare_masked_linears(Cost& cost, std::size_t question_bytes, std::size_t answer_bytes);
/// Online: one tensor from the client; question and answer are `prepared`.
void cost_masked_linear(Cost& cost, const LatticeLayer& layer, const LatticePlan& plan);

}  // namespace privquant
