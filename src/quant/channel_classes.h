// Which channels of a network in real numbers can be scaled, and which of them only together.
//
// A layer (Conv2d, Linear) gives its result's channels any positive factors and takes those of its input back.
// Relu, Clip from 0 upwards, pools and Flatten hand a factor on; Concat and PadChannels hand on each part's; an Add
// wants both operands' to agree. So channels fall into classes of one factor each. The picture's and the network's
// outputs' are 1.
#pragma once

#include <cstddef>
#include <vector>

#include "nn/graph.h"

namespace privquant {

struct ChannelClasses {
  /// By node, by channel of its result (by feature behind a Flatten): a number below pinned.size().
  std::vector<std::vector<std::size_t>> of;
  /// By class: whether its factor must stay 1.
  std::vector<bool> pinned;
};

/// Of a valid graph of a RealModel.
ChannelClasses channel_classes(const Graph& graph);

}  // namespace privquant
