// A network in real numbers as a graph of integers: where values are narrowed, and to how many bits.
//
// * ReLU, and a Clip from 0 upwards, become a Requantise to an unsigned type (the type's range takes the place of the
//   clip's upper bound).
// * A convolution or linear layer reads its input at the width asked for. What several of them read, or an Add, is
//   requantised once, at the widest, and narrowed for each.
// * An Add takes a convolution's accumulator as it is where nothing else needs it; the other operand is the residual
//   stream, of `residual_bits`. So are the inputs of average pools and what is the network's last value but one.
// * What meets in a Concat has one type.
#pragma once

#include <vector>

#include "nn/real_model.h"
#include "search/bit_search.h"

namespace privquant {

struct QuantisableGraph {
  /// Exponents are placeholders but for the input's.
  Graph graph;
  /// By node: the node of the real graph whose value this is, rounded.
  std::vector<NodeId> source;
};

/// `widths` speaks of the real graph's weighted_nodes(). `input_type` is the first node's type; the width that the
/// first layer reads has no effect where it reads that.
/// @throws Error(model) naming every node whose operator has no quantised form, or a Concat whose parts differ in
/// type.
QuantisableGraph quantisable_graph(const Graph& real, const NetworkWidths& widths, int residual_bits,
                                   const TensorType& input_type);

/// A real graph's weights, by node of the quantised one.
AllRealWeights weights_of(const AllRealWeights& real, const QuantisableGraph& quantisable);

}  // namespace privquant
