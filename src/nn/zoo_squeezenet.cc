// SqueezeNet 1.0 (Iandola et al., arXiv 1602.07360).
#include "nn/zoo_builder.h"
#include "nn/zoo_networks.h"

namespace privquant {

namespace {

/// 1×1 to `squeezed` channels, then 1×1 and 3×3 side by side, `expanded` channels each.
NodeId fire(ZooBuilder& builder, int activation_bits, InnerWidths& inner_widths, NodeId input, int squeezed,
            int expanded) {
  const NodeId narrow = builder.requantise(
      builder.convolution(input, same_window(1), squeezed, inner_widths.next()), activation_bits, false);
  const NodeId small = builder.convolution(narrow, same_window(1), expanded, inner_widths.next());
  const NodeId large = builder.convolution(narrow, same_window(3), expanded, inner_widths.next());
  const auto both = builder.requantise_together({small, large}, activation_bits, false);
  return builder.concat(both[0], both[1]);
}

/// 3×3, stride 2. The published network rounds the size up: one row and column of padding where that differs.
NodeId pool(ZooBuilder& builder, NodeId input) {
  const Shape& shape = builder.node(input).shape;
  Window window{3, 3, 2, 2, 1, 1, 0, 0, 0, 0};
  window.pad_bottom = (shape.height - window.kernel_height) % window.stride_height;
  window.pad_right = (shape.width - window.kernel_width) % window.stride_width;
  return builder.max_pool(input, window);
}

}  // namespace

Model make_squeezenet(const ZooTask& task) {
  const ZooWidths& widths = task.widths;
  ZooBuilder builder(task.name, {3, 224, 224}, widths.edge_bits, 1, task.seed);
  InnerWidths inner_widths(widths);
  const auto fire_module = [&](NodeId input, int squeezed, int expanded) {
    return fire(builder, widths.activation_bits, inner_widths, input, squeezed, expanded);
  };
  NodeId x = builder.convolution(0, {7, 7, 2, 2, 1, 1, 0, 0, 0, 0}, 96, widths.edge_bits);
  x = pool(builder, builder.requantise(x, widths.activation_bits, false));
  x = fire_module(x, 16, 64);
  x = fire_module(x, 16, 64);
  x = pool(builder, fire_module(x, 32, 128));
  x = fire_module(x, 32, 128);
  x = fire_module(x, 48, 192);
  x = fire_module(x, 48, 192);
  x = pool(builder, fire_module(x, 64, 256));
  x = builder.narrow(fire_module(x, 64, 256), widths.edge_bits);
  x = builder.convolution(x, same_window(1), 1000, widths.edge_bits);
  builder.global_average_pool(builder.requantise(x, widths.edge_bits, false));
  return builder.finish();
}

}  // namespace privquant
