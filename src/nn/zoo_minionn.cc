// The CIFAR-10 network of MiniONN (Liu et al., CCS 2017, figure 13).
#include "nn/zoo_builder.h"
#include "nn/zoo_networks.h"

namespace privquant {

Model make_minionn(const ZooTask& task) {
  const ZooWidths& widths = task.widths;
  constexpr int pictures = 4;
  constexpr int classes = 10;
  ZooBuilder builder(task.name, {3, 32, 32}, widths.edge_bits, pictures, task.seed);
  const auto layer = [&](NodeId input, int kernel, int channels, int weight_bits, int activation_bits) {
    const NodeId sum = builder.convolution(input, same_window(kernel), channels, weight_bits);
    return builder.requantise(sum, activation_bits, false);
  };
  const auto pool = [&](NodeId input) {
    return builder.requantise(builder.average_pool(input, 2), widths.activation_bits, false);
  };
  InnerWidths inner_widths(widths);
  const auto inner = [&](NodeId input, int kernel) {
    return layer(input, kernel, 64, inner_widths.next(), widths.activation_bits);
  };
  NodeId x = layer(0, 3, 64, widths.edge_bits, widths.activation_bits);
  x = pool(inner(x, 3));
  x = inner(x, 3);
  x = pool(inner(x, 3));
  x = inner(x, 3);
  x = inner(x, 1);
  x = layer(x, 1, 16, inner_widths.next(), widths.edge_bits);
  builder.linear(builder.flatten(x), classes, widths.edge_bits);
  return builder.finish();
}

}  // namespace privquant
