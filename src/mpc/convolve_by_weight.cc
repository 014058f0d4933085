#include "mpc/convolve_by_weight.h"

#include <vector>

#include "mpc/convolution_copies.h"
#include "mpc/matrix_product.h"

namespace privquant {
namespace {

struct Tap {
  std::size_t index;  // row · kernel width + column
  Reach rows;
  Reach columns;
  std::size_t positions() const { return rows.count * columns.count; }
};

std::vector<Tap> taps_of(const ConvolutionShape& shape) {
  std::vector<Tap> taps;
  std::size_t index = 0;
  for (const Reach& rows : row_reaches(shape)) {
    for (const Reach& columns : column_reaches(shape)) {
      const Tap tap{index++, rows, columns};
      if (tap.positions() != 0) taps.push_back(tap);
    }
  }
  return taps;
}

std::vector<MatrixProductSize> product_sizes(const Convolution& convolution, const std::vector<Tap>& taps) {
  const ConvolutionShape& s = convolution.shape;
  std::vector<MatrixProductSize> sizes;
  sizes.reserve(taps.size());
  for (const Tap& tap : taps) {
    sizes.push_back({static_cast<std::size_t>(s.groups), static_cast<std::size_t>(s.out_channels / s.groups),
                     static_cast<std::size_t>(s.in_channels / s.groups), tap.positions(),
                     convolution.accumulator, convolution.weight_bits});
  }
  return sizes;
}

// weights[out][k][tap], tap by tap.
SecretVector<std::int16_t> weights_by_tap(const ConvolutionShape& s, const std::vector<Tap>& taps,
                                          std::span<const std::int16_t> weights) {
  const std::size_t kernel =
      static_cast<std::size_t>(s.kernel_height) * static_cast<std::size_t>(s.kernel_width);
  PQ_CHECK(weights.size() == static_cast<std::size_t>(s.out_channels) * s.fan_in());
  SecretVector<std::int16_t> ordered;
  ordered.reserve(taps.size() * weights.size() / kernel);
  for (const Tap& tap : taps) {
    for (std::size_t at = tap.index; at < weights.size(); at += kernel) ordered.push_back(weights[at]);
  }
  return ordered;
}

// The values that a tap meets, channel by channel.
RingTensor gather(const ConvolutionShape& s, const Tap& tap, const RingTensor& x) {
  const auto channels = static_cast<std::size_t>(s.in_channels);
  const auto width = static_cast<std::size_t>(s.in_width);
  const std::size_t picture = static_cast<std::size_t>(s.in_height) * width;
  const auto stride = static_cast<std::size_t>(s.stride_width);
  RingTensor met(x.width(), channels * tap.positions());
  x.with_word([&]<typename Word>(std::type_identity<Word>) {
    Word* out = met.words<Word>().data();
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (std::size_t y = 0; y < tap.rows.count; ++y, out += tap.columns.count) {
        const std::size_t in_row = tap.rows.first + y * static_cast<std::size_t>(s.stride_height);
        const Word* in = x.words<Word>().data() + channel * picture + in_row * width + tap.columns.first;
        for (std::size_t column = 0; column < tap.columns.count; ++column) out[column] = in[column * stride];
      }
    }
  });
  return met;
}

// Adds a tap's product to the outputs that it reaches.
void scatter_add(const ConvolutionShape& s, const Tap& tap, const RingTensor& product, RingTensor& outputs) {
  const auto width = static_cast<std::size_t>(s.out_width);
  outputs.with_word([&]<typename Word>(std::type_identity<Word>) {
    const auto mask = static_cast<Word>(outputs.width().mask());
    const Word* in = product.words<Word>().data();
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(s.out_channels); ++channel) {
      for (std::size_t y = 0; y < tap.rows.count; ++y, in += tap.columns.count) {
        Word* out = outputs.words<Word>().data() + channel * s.positions() + (tap.rows.begin + y) * width +
                    tap.columns.begin;
        for (std::size_t column = 0; column < tap.columns.count; ++column)
          out[column] = static_cast<Word>(out[column] + in[column]) & mask;
      }
    }
  });
}

}  // namespace

RingTensor convolve_by_weight(Party& party, const Convolution& convolution,
                              std::span<const std::int16_t> weights, const RingTensor& x) {
  const ConvolutionShape& shape = convolution.shape;
  PQ_CHECK(x.size() == shape.inputs() && x.width() == convolution.accumulator);
  const std::vector<Tap> taps = taps_of(shape);
  MatrixProducts products(
      party, product_sizes(convolution, taps),
      party.is_server() ? weights_by_tap(shape, taps, weights) : SecretVector<std::int16_t>{});
  RingTensor outputs = RingTensor::zeros(convolution.accumulator, shape.outputs());
  for (const Tap& tap : taps) scatter_add(shape, tap, products.next(gather(shape, tap, x)), outputs);
  return outputs;
}

void cost_convolve_by_weight(Cost& cost, const Convolution& convolution) {
  cost_matrix_products(cost, product_sizes(convolution, taps_of(convolution.shape)));
}

}  // namespace privquant
