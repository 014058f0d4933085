#include "nn/zoo_builder.h"
#include "nn/zoo_networks.h"

namespace privquant {

Model make_tiny(const ZooTask& task) {
  const ZooWidths& widths = task.widths;
  ZooBuilder builder(task.name, {3, 8, 8}, widths.edge_bits, 4, task.seed);
  InnerWidths inner_widths(widths);
  NodeId stream = builder.convolution(0, same_window(3), 8, widths.edge_bits);
  stream = builder.requantise(stream, widths.residual_bits, false);
  NodeId x = builder.narrow(stream, widths.activation_bits);
  x = builder.convolution(x, same_window(3), 8, inner_widths.next());
  x = builder.requantise(builder.add(x, stream), widths.residual_bits, false);
  x = builder.max_pool(builder.narrow(x, widths.activation_bits), {2, 2, 2, 2, 1, 1, 0, 0, 0, 0});
  x = builder.convolution(x, same_window(1), 8, inner_widths.next());
  x = builder.average_pool(builder.requantise(x, widths.activation_bits, false), 2);
  x = builder.flatten(builder.requantise(x, widths.edge_bits, false));
  builder.linear(x, 4, widths.edge_bits);
  return builder.finish();
}

}  // namespace privquant
