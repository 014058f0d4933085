#include "mpc/local_convolution.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "mpc/convolve_kernels.h"

namespace privquant {
namespace {

// Output rows or columns [first, last) whose tap k lies in the picture.
struct Reach {
  int first, last;
};
Reach reach_of(int outputs, int stride, int offset, int inputs) {
  int first = 0;
  while (first < outputs && first * stride + offset < 0) ++first;
  int last = outputs;
  while (last > first && (last - 1) * stride + offset >= inputs) --last;
  return {first, last};
}

// Every stride_width-th value of a row, where the stride is not 1.
void gather(const std::uint8_t* source, std::size_t word, int stride, int count, std::uint8_t* out) {
  for (int i = 0; i < count; ++i, source += word * static_cast<std::size_t>(stride), out += word)
    std::copy_n(source, word, out);
}

}  // namespace

RingTensor convolve_locally(const ConvolutionShape& shape, std::span<const std::int16_t> weights,
                            const RingTensor& x) {
  PQ_CHECK(weights.size() == shape.fan_in() * static_cast<std::size_t>(shape.out_channels));
  PQ_CHECK(x.size() == shape.inputs());
  const auto size = [](int value) { return static_cast<std::size_t>(value); };
  const std::size_t word = x.width().word_bytes();
  const int in_group = shape.in_channels / shape.groups;
  const int out_group = shape.out_channels / shape.groups;
  const std::size_t in_plane = size(shape.in_height) * size(shape.in_width);
  RingTensor sum = RingTensor::zeros(x.width(), shape.outputs());
  SecretVector<std::uint8_t> line(size(shape.out_width) * word);
  for (int ky = 0; ky < shape.kernel_height; ++ky) {
    const int dy = ky * shape.dilation_height - shape.pad_top;
    const Reach rows = reach_of(shape.out_height, shape.stride_height, dy, shape.in_height);
    for (int kx = 0; kx < shape.kernel_width; ++kx) {
      const int dx = kx * shape.dilation_width - shape.pad_left;
      const Reach columns = reach_of(shape.out_width, shape.stride_width, dx, shape.in_width);
      const int count = columns.last - columns.first;
      if (count <= 0) continue;
      for (int in = 0; in < shape.in_channels; ++in) {
        for (int y = rows.first; y < rows.last; ++y) {
          const std::size_t from = size(in) * in_plane +
                                   size(y * shape.stride_height + dy) * size(shape.in_width) +
                                   size(columns.first * shape.stride_width + dx);
          const std::uint8_t* numbers = x.raw().data() + from * word;
          if (shape.stride_width != 1) {
            gather(numbers, word, shape.stride_width, count, line.data());
            numbers = line.data();
          }
          std::vector<ProductRow> products;
          const int group = in / in_group;
          for (int out = group * out_group; out < (group + 1) * out_group; ++out) {
            const std::size_t weight =
                ((size(out) * size(in_group) + size(in % in_group)) * size(shape.kernel_height) + size(ky)) *
                    size(shape.kernel_width) +
                size(kx);
            const std::size_t to =
                (size(out) * size(shape.out_height) + size(y)) * size(shape.out_width) + size(columns.first);
            products.push_back({numbers, sum.raw().data() + to * word,
                                static_cast<std::uint64_t>(std::int64_t{weights[weight]})});
          }
          product_rows(word, products.data(), products.size(), size(count));
        }
      }
    }
  }
  sum.with_word([&]<typename Word>(std::type_identity<Word>) {
    for (Word& value : sum.words<Word>()) value = static_cast<Word>(value & x.width().mask());
  });
  return sum;
}

}  // namespace privquant
