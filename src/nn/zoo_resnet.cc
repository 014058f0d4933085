// Residual networks (He et al., arXiv 1512.03385).
//
// A residual block adds its exact accumulator to the residual stream, of residual_bits, and requantises once;
// convolutions read the stream at activation_bits. Where the shape changes, the shortcut is a 1×1 convolution
// (the paper's option B) in all of them: its option A for CIFAR, subsampling and zero channels, would ask for
// operators that nothing else needs, and costs 0.6 % fewer multiply-accumulates.
#include "nn/zoo_builder.h"
#include "nn/zoo_networks.h"

namespace privquant {

namespace {

class ResNet {
 public:
  ResNet(const ZooTask& task, Shape input, int pictures)
      : widths_(task.widths),
        inner_widths_(task.widths),
        builder_(task.name, input, task.widths.edge_bits, pictures, task.seed) {}

  void stem(int kernel, int stride, int channels) {
    const NodeId sum = builder_.convolution(0, same_window(kernel, stride), channels, widths_.edge_bits);
    stream_ = builder_.requantise(sum, widths_.residual_bits, false);
  }

  void max_pool() { stream_ = builder_.max_pool(stream_, same_window(3, 2)); }

  /// Two 3×3 convolutions.
  void basic_stage(int blocks, int channels, int stride) {
    for (int block = 0; block < blocks; ++block) {
      const NodeId input = builder_.narrow(stream_, widths_.activation_bits);
      const int step = block == 0 ? stride : 1;
      const int first_bits = inner_widths_.next();
      const NodeId hidden = activate(convolution(input, 3, step, channels, first_bits));
      const NodeId residual = shortcut(input, channels, step, first_bits);
      join(convolution(hidden, 3, 1, channels, inner_widths_.next()), residual);
    }
  }

  /// 1×1 to `channels`, 3×3 (with the stride, as in torchvision), 1×1 to four times as many.
  void bottleneck_stage(int blocks, int channels, int stride) {
    for (int block = 0; block < blocks; ++block) {
      const NodeId input = builder_.narrow(stream_, widths_.activation_bits);
      const int step = block == 0 ? stride : 1;
      const int first_bits = inner_widths_.next();
      const NodeId reduced = activate(convolution(input, 1, 1, channels, first_bits));
      const NodeId hidden = activate(convolution(reduced, 3, step, channels, inner_widths_.next()));
      const NodeId residual = shortcut(input, 4 * channels, step, first_bits);
      join(convolution(hidden, 1, 1, 4 * channels, inner_widths_.next()), residual);
    }
  }

  Model classify(int classes) {
    const NodeId mean = builder_.requantise(builder_.global_average_pool(stream_), widths_.edge_bits, false);
    builder_.linear(builder_.flatten(mean), classes, widths_.edge_bits);
    return builder_.finish();
  }

 private:
  NodeId convolution(NodeId input, int kernel, int stride, int channels, int weight_bits) {
    return builder_.convolution(input, same_window(kernel, stride), channels, weight_bits);
  }

  NodeId activate(NodeId sum) { return builder_.requantise(sum, widths_.activation_bits, false); }

  NodeId shortcut(NodeId input, int channels, int stride, int weight_bits) {
    if (stride == 1 && builder_.node(input).shape.channels == channels) return stream_;
    return builder_.requantise(convolution(input, 1, stride, channels, weight_bits), widths_.residual_bits,
                               true);
  }

  void join(NodeId sum, NodeId residual) {
    stream_ = builder_.requantise(builder_.add(sum, residual), widths_.residual_bits, false);
  }

  ZooWidths widths_;
  InnerWidths inner_widths_;
  ZooBuilder builder_;
  NodeId stream_ = 0;
};

constexpr Shape imagenet{3, 224, 224};
constexpr int imagenet_classes = 1000;

}  // namespace

Model make_cifar_resnet(const ZooTask& task, int blocks_per_stage, int classes) {
  ResNet net(task, {3, 32, 32}, 4);
  net.stem(3, 1, 16);
  net.basic_stage(blocks_per_stage, 16, 1);
  net.basic_stage(blocks_per_stage, 32, 2);
  net.basic_stage(blocks_per_stage, 64, 2);
  return net.classify(classes);
}

Model make_tiny_imagenet_resnet18(const ZooTask& task) {
  ResNet net(task, {3, 64, 64}, 2);
  net.stem(3, 1, 64);
  net.basic_stage(2, 64, 1);
  net.basic_stage(2, 128, 2);
  net.basic_stage(2, 256, 2);
  net.basic_stage(2, 512, 2);
  return net.classify(200);
}

Model make_resnet18(const ZooTask& task) {
  ResNet net(task, imagenet, 1);
  net.stem(7, 2, 64);
  net.max_pool();
  net.basic_stage(2, 64, 1);
  net.basic_stage(2, 128, 2);
  net.basic_stage(2, 256, 2);
  net.basic_stage(2, 512, 2);
  return net.classify(imagenet_classes);
}

Model make_resnet50(const ZooTask& task) {
  ResNet net(task, imagenet, 1);
  net.stem(7, 2, 64);
  net.max_pool();
  net.bottleneck_stage(3, 64, 1);
  net.bottleneck_stage(4, 128, 2);
  net.bottleneck_stage(6, 256, 2);
  net.bottleneck_stage(3, 512, 2);
  return net.classify(imagenet_classes);
}

}  // namespace privquant
