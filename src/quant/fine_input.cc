#include "quant/fine_input.h"

#include <algorithm>
#include <cmath>

namespace privquant {

Graph with_fine_input(Graph graph) {
  const Preprocessing& preprocessing = graph.preprocessing;
  double largest = 0;
  for (std::size_t c = 0; c < preprocessing.mean.size(); ++c) {
    for (const double byte : {0.0, 1.0})
      largest = std::max(largest, std::abs((byte - preprocessing.mean[c]) / preprocessing.deviation.at(c)));
  }
  constexpr int bits = 24;
  graph.nodes[0].type = {bits, true,
                         static_cast<int>(std::floor(std::log2(std::max(largest, 1e-9)))) + 2 - bits};
  return graph;
}

}  // namespace privquant
