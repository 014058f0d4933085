#include "mpc/pool.h"

#include <vector>

#include "mpc/maximum.h"

namespace privquant {
namespace {

constexpr std::size_t padding = ~std::size_t{0};

std::size_t elements(int channels, int height, int width) {
  return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
         static_cast<std::size_t>(width);
}

std::size_t kernel_elements(const PoolShape& shape) {
  return elements(1, shape.kernel_height, shape.kernel_width);
}

// For kernel element (ky, kx): the input index under every output, or `padding`.
std::vector<std::size_t> inputs_under(const PoolShape& s, int ky, int kx) {
  std::vector<std::size_t> indices;
  indices.reserve(s.outputs());
  for (int c = 0; c < s.channels; ++c) {
    for (int y = 0; y < s.out_height; ++y) {
      for (int x = 0; x < s.out_width; ++x) {
        const int in_y = y * s.stride_height + ky * s.dilation_height - s.pad_top;
        const int in_x = x * s.stride_width + kx * s.dilation_width - s.pad_left;
        const bool inside = in_y >= 0 && in_y < s.in_height && in_x >= 0 && in_x < s.in_width;
        indices.push_back(inside ? elements(c, s.in_height, s.in_width) + elements(1, in_y, s.in_width) +
                                       static_cast<std::size_t>(in_x)
                                 : padding);
      }
    }
  }
  return indices;
}

std::vector<std::vector<std::size_t>> windows(const PoolShape& shape) {
  std::vector<std::vector<std::size_t>> result;
  for (int ky = 0; ky < shape.kernel_height; ++ky) {
    for (int kx = 0; kx < shape.kernel_width; ++kx) result.push_back(inputs_under(shape, ky, kx));
  }
  return result;
}

}  // namespace

std::size_t PoolShape::inputs() const { return elements(channels, in_height, in_width); }
std::size_t PoolShape::outputs() const { return elements(channels, out_height, out_width); }

RingTensor sum_pool(const PoolShape& shape, const RingTensor& x) {
  PQ_CHECK(x.size() == shape.inputs());
  RingTensor sums = RingTensor::zeros(x.width(), shape.outputs());
  x.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto in = x.words<Word>();
    const auto out = sums.words<Word>();
    const auto mask = static_cast<Word>(x.width().mask());
    for (const auto& indices : windows(shape)) {
      for (std::size_t i = 0; i < indices.size(); ++i) {
        if (indices[i] != padding) out[i] = static_cast<Word>(out[i] + in[indices[i]]) & mask;
      }
    }
  });
  return sums;
}

RingTensor max_pool(Party& party, const PoolShape& shape, const RingTensor& x) {
  PQ_CHECK(x.size() == shape.inputs());
  auto candidates = windows(shape);
  // Under padding another element of the same window stands in: that changes no maximum.
  for (std::size_t i = 0; i < shape.outputs(); ++i) {
    std::size_t stand_in = padding;
    for (const auto& indices : candidates) {
      if (indices[i] != padding) stand_in = indices[i];
    }
    PQ_CHECK(stand_in != padding);
    for (auto& indices : candidates) {
      if (indices[i] == padding) indices[i] = stand_in;
    }
  }
  std::vector<RingTensor> values;
  for (const auto& indices : candidates) {
    RingTensor& gathered = values.emplace_back(x.width(), indices.size());
    x.with_word([&]<typename Word>(std::type_identity<Word>) {
      const auto in = x.words<Word>();
      const auto out = gathered.words<Word>();
      for (std::size_t i = 0; i < indices.size(); ++i) out[i] = in[indices[i]];
    });
  }
  return maximum(party, std::move(values));
}

void cost_max_pool(Cost& cost, const PoolShape& shape, Width width) {
  cost_maximum(cost, width, kernel_elements(shape), shape.outputs());
}

}  // namespace privquant
