// MobileNetV2 (Sandler et al., arXiv 1801.04381), width 1.0.
//
// The stream between blocks is linear, so it is signed. ReLU6 is an unsigned Requantise, and a Clip at 6
// where the type reaches further. Depthwise weights have edge_bits: they are few, and accuracy hangs on them.
#include <array>
#include <cmath>

#include "nn/zoo_builder.h"
#include "nn/zoo_networks.h"

namespace privquant {

namespace {

NodeId relu6(ZooBuilder& builder, NodeId sum, int bits) {
  const NodeId activated = builder.requantise(sum, bits, false);
  const TensorType type = builder.node(activated).type;
  const auto six = static_cast<std::int64_t>(std::floor(std::ldexp(6.0, -type.exponent)));
  return six < type.max() ? builder.clip(activated, 0, six) : activated;
}

/// Returns the stream after one inverted residual block.
NodeId inverted_residual(ZooBuilder& builder, const ZooWidths& widths, InnerWidths& inner_widths,
                         NodeId stream, int expansion, int channels, int stride) {
  const int inputs = builder.node(stream).shape.channels;
  const int hidden = inputs * expansion;
  NodeId x = builder.narrow(stream, widths.activation_bits);
  if (expansion > 1) {
    x = relu6(builder, builder.convolution(x, same_window(1), hidden, inner_widths.next()),
              widths.activation_bits);
  }
  x = relu6(builder, builder.convolution(x, same_window(3, stride), hidden, widths.edge_bits, hidden),
            widths.activation_bits);
  NodeId sum = builder.convolution(x, same_window(1), channels, inner_widths.next());
  if (stride == 1 && inputs == channels) sum = builder.add(sum, stream);
  return builder.requantise(sum, widths.residual_bits, true);
}

struct Stage {
  int expansion, channels, blocks, stride;
};

constexpr std::array<Stage, 7> stages{{
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
}};

struct Variant {
  Shape input;
  int stem_stride, classes, pictures;
};

Model make_variant(const ZooTask& task, const Variant& variant) {
  const ZooWidths& widths = task.widths;
  InnerWidths inner_widths(widths);
  ZooBuilder builder(task.name, variant.input, widths.edge_bits, variant.pictures, task.seed);
  NodeId x = builder.convolution(0, same_window(3, variant.stem_stride), 32, widths.edge_bits);
  x = relu6(builder, x, widths.residual_bits);
  for (const Stage& stage : stages) {
    for (int block = 0; block < stage.blocks; ++block) {
      x = inverted_residual(builder, widths, inner_widths, x, stage.expansion, stage.channels,
                            block == 0 ? stage.stride : 1);
    }
  }
  x = builder.narrow(x, widths.activation_bits);
  x = relu6(builder, builder.convolution(x, same_window(1), 1280, inner_widths.next()),
            widths.activation_bits);
  x = builder.requantise(builder.global_average_pool(x), widths.edge_bits, false);
  builder.linear(builder.flatten(x), variant.classes, widths.edge_bits);
  return builder.finish();
}

}  // namespace

Model make_mobilenetv2(const ZooTask& task) { return make_variant(task, {{3, 224, 224}, 2, 1000, 1}); }

Model make_tiny_imagenet_mobilenetv2(const ZooTask& task) {
  return make_variant(task, {{3, 64, 64}, 1, 200, 2});
}

}  // namespace privquant
