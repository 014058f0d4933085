#include "mpc/convolve_winograd.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "mpc/matrix_product.h"
#include "ring/arithmetic.h"

namespace privquant {
namespace {

constexpr std::size_t tile = 4;
constexpr std::size_t elements = tile * tile;

// log2 of f_i·f_j for the element 4·i + j.
int doublings(std::size_t element) {
  const auto doubled = [](std::size_t i) { return i == 1 || i == 2 ? 1 : 0; };
  return doubled(element / tile) + doubled(element % tile);
}

// The entries of U at one element: sums of weights with the signs of G'. In two's complement of `bits`, once a
// public `offset` is added.
struct Entries {
  int bits;
  int offset;
};

Entries entries_of(std::size_t element, int weight_bits) {
  constexpr std::array<std::array<int, 3>, tile> signs{{{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}}};
  const int least_weight = -(1 << (weight_bits - 1));
  const int most_weight = -least_weight - 1;
  int low = 0;
  int high = 0;
  for (const int row : signs[element / tile]) {
    for (const int column : signs[element % tile]) {
      const int sign = row * column;
      low += sign > 0 ? least_weight : sign < 0 ? -most_weight : 0;
      high += sign > 0 ? most_weight : sign < 0 ? -least_weight : 0;
    }
  }
  int bits = 1;
  while (high - low >= 1 << bits) ++bits;
  const int least = -(1 << (bits - 1));
  const int most = -least - 1;
  return {bits, low < least ? least - low : high > most ? most - high : 0};
}

struct Tiles {
  std::size_t rows;
  std::size_t columns;
  std::size_t count() const { return rows * columns; }
};

Tiles tiles_of(const ConvolutionShape& s) {
  return {ceil_div(static_cast<std::size_t>(s.out_height), 2),
          ceil_div(static_cast<std::size_t>(s.out_width), 2)};
}

void check_widths(const Convolution& convolution) {
  PQ_CHECK(convolution.input.bits() == convolution.accumulator.bits() + 2);
  PQ_CHECK(convolution.weight_bits >= 1 && convolution.weight_bits <= 12);
}

std::vector<MatrixProductSize> product_sizes(const Convolution& convolution) {
  check_widths(convolution);
  const ConvolutionShape& s = convolution.shape;
  std::vector<MatrixProductSize> sizes;
  for (std::size_t element = 0; element < elements; ++element) {
    const int doubled = doublings(element);
    sizes.push_back({static_cast<std::size_t>(s.groups), static_cast<std::size_t>(s.out_channels / s.groups),
                     static_cast<std::size_t>(s.in_channels / s.groups), tiles_of(s).count(),
                     Width(convolution.accumulator.bits() + doubled),
                     entries_of(element, convolution.weight_bits).bits});
  }
  return sizes;
}

// (a, b, c) -> G'·(a, b, c).
std::array<int, tile> transform_weights(int a, int b, int c) { return {a, a + b + c, a - b + c, c}; }

// The elements of U = G' g G'^T for all kernels g, element by element, each with its offset.
SecretVector<std::int16_t> transformed_weights(const Convolution& convolution,
                                               std::span<const std::int16_t> weights) {
  const ConvolutionShape& s = convolution.shape;
  const std::size_t kernels = static_cast<std::size_t>(s.out_channels) * s.fan_in() / 9;
  PQ_CHECK(weights.size() == kernels * 9);
  SecretVector<std::int16_t> transformed(elements * kernels);
  std::array<int, elements> offsets;
  for (std::size_t element = 0; element < elements; ++element)
    offsets[element] = entries_of(element, convolution.weight_bits).offset;
  for (std::size_t kernel = 0; kernel < kernels; ++kernel) {
    const std::int16_t* g = weights.data() + kernel * 9;
    std::array<std::array<int, tile>, 3> columns;
    for (std::size_t j = 0; j < 3; ++j) columns[j] = transform_weights(g[j], g[3 + j], g[6 + j]);
    for (std::size_t i = 0; i < tile; ++i) {
      const auto row = transform_weights(columns[0][i], columns[1][i], columns[2][i]);
      for (std::size_t j = 0; j < tile; ++j)
        transformed[(i * tile + j) * kernels + kernel] =
            static_cast<std::int16_t>(row[j] + offsets[i * tile + j]);
    }
  }
  return transformed;
}

// (a, b, c, d) -> B^T·(a, b, c, d), modulo 2^64.
std::array<std::uint64_t, tile> transform_input(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                                std::uint64_t d) {
  return {a - c, b + c, c - b, b - d};
}

// The elements of V = B^T d B for all tiles, element by element as [channel][tile] in Z_{2^(l+2)}.
std::vector<RingTensor> transformed_input(const ConvolutionShape& s, const RingTensor& x) {
  const Tiles tiles = tiles_of(s);
  const auto channels = static_cast<std::size_t>(s.in_channels);
  std::vector<RingTensor> result;
  for (std::size_t element = 0; element < elements; ++element)
    result.emplace_back(x.width(), channels * tiles.count());
  x.with_word([&]<typename Word>(std::type_identity<Word>) {
    const Word* in = x.words<Word>().data();
    const auto mask = static_cast<Word>(x.width().mask());
    std::array<Word*, elements> out;
    for (std::size_t element = 0; element < elements; ++element)
      out[element] = result[element].words<Word>().data();
    const auto value = [&](std::size_t channel, std::size_t row, std::size_t column) -> std::uint64_t {
      const std::int64_t y = static_cast<std::int64_t>(row) - s.pad_top;
      const std::int64_t c = static_cast<std::int64_t>(column) - s.pad_left;
      if (y < 0 || y >= s.in_height || c < 0 || c >= s.in_width) return 0;
      return in[(channel * static_cast<std::size_t>(s.in_height) + static_cast<std::size_t>(y)) *
                    static_cast<std::size_t>(s.in_width) +
                static_cast<std::size_t>(c)];
    };
    std::array<std::array<std::uint64_t, tile>, tile> columns;
    std::array<std::uint64_t, tile> row;
    std::size_t at = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (std::size_t ty = 0; ty < tiles.rows; ++ty) {
        for (std::size_t tx = 0; tx < tiles.columns; ++tx, ++at) {
          for (std::size_t j = 0; j < tile; ++j)
            columns[j] = transform_input(
                value(channel, 2 * ty, 2 * tx + j), value(channel, 2 * ty + 1, 2 * tx + j),
                value(channel, 2 * ty + 2, 2 * tx + j), value(channel, 2 * ty + 3, 2 * tx + j));
          for (std::size_t i = 0; i < tile; ++i) {
            row = transform_input(columns[0][i], columns[1][i], columns[2][i], columns[3][i]);
            for (std::size_t j = 0; j < tile; ++j) out[i * tile + j][at] = static_cast<Word>(row[j]) & mask;
          }
        }
      }
    }
    wipe(columns.data(), sizeof columns);
    wipe(row.data(), sizeof row);
  });
  return result;
}

// (U + offset)·v − offset·Σ_k v_k = U·v, on this party's shares of a product and of v.
void take_off_offset(const ConvolutionShape& s, int offset, const RingTensor& v, RingTensor& product) {
  if (offset == 0) return;
  const auto groups = static_cast<std::size_t>(s.groups);
  const std::size_t inner = static_cast<std::size_t>(s.in_channels) / groups;
  const std::size_t rows = static_cast<std::size_t>(s.out_channels) / groups;
  const std::size_t columns = tiles_of(s).count();
  product.with_word([&]<typename Word>(std::type_identity<Word>) {
    const Word* in = v.words<Word>().data();
    Word* out = product.words<Word>().data();
    const auto mask = static_cast<Word>(product.width().mask());
    SecretVector<Word> sums(columns);
    for (std::size_t group = 0; group < groups; ++group) {
      std::fill(sums.begin(), sums.end(), Word{0});
      for (std::size_t k = 0; k < inner; ++k, in += columns) {
        for (std::size_t i = 0; i < columns; ++i) sums[i] = static_cast<Word>(sums[i] + in[i]);
      }
      for (Word& sum : sums)
        sum = static_cast<Word>(std::uint64_t{sum} * static_cast<std::uint64_t>(std::int64_t{offset}));
      for (std::size_t row = 0; row < rows; ++row, out += columns) {
        for (std::size_t i = 0; i < columns; ++i) out[i] = static_cast<Word>(out[i] - sums[i]) & mask;
      }
    }
  });
}

// (a, b, c, d) -> A^T·(a, b, c, d), modulo 2^64.
std::array<std::uint64_t, 2> transform_output(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                              std::uint64_t d) {
  return {a + b + c, b - c - d};
}

// A share of Y = 4Y / 4 in Z_{2^l} from one of 4Y in Z_{2^(l+2)}: the low two bits of the shares add to 0
// or 4.
std::uint64_t quarter(const Party& party, std::uint64_t share, Width ring) {
  const std::uint64_t reduced = share & ring.mask();
  return (reduced >> 2) + (!party.is_server() && reduced % 4 != 0 ? 1 : 0);
}

// Y of all tiles from the 16 products, cut to the picture.
RingTensor outputs_of(const Party& party, const Convolution& convolution,
                      const std::vector<RingTensor>& products) {
  const ConvolutionShape& s = convolution.shape;
  const Tiles tiles = tiles_of(s);
  const auto height = static_cast<std::size_t>(s.out_height);
  const auto width = static_cast<std::size_t>(s.out_width);
  RingTensor outputs(convolution.accumulator, s.outputs());
  const std::uint64_t mask = convolution.accumulator.mask();
  products[0].with_word([&]<typename Word>(std::type_identity<Word>) {
    std::array<const Word*, elements> in;
    for (std::size_t element = 0; element < elements; ++element)
      in[element] = products[element].words<Word>().data();
    std::array<std::array<std::uint64_t, 2>, tile> columns;
    std::array<std::uint64_t, 2> row;
    std::size_t at = 0;
    for (std::size_t channel = 0; channel < static_cast<std::size_t>(s.out_channels); ++channel) {
      for (std::size_t ty = 0; ty < tiles.rows; ++ty) {
        for (std::size_t tx = 0; tx < tiles.columns; ++tx, ++at) {
          for (std::size_t j = 0; j < tile; ++j)
            columns[j] =
                transform_output(in[j][at], in[tile + j][at], in[2 * tile + j][at], in[3 * tile + j][at]);
          for (std::size_t i = 0; i < 2 && 2 * ty + i < height; ++i) {
            row = transform_output(columns[0][i], columns[1][i], columns[2][i], columns[3][i]);
            for (std::size_t j = 0; j < 2 && 2 * tx + j < width; ++j)
              outputs.set((channel * height + 2 * ty + i) * width + 2 * tx + j,
                          quarter(party, row[j], convolution.input) & mask);
          }
        }
      }
    }
    wipe(columns.data(), sizeof columns);
    wipe(row.data(), sizeof row);
  });
  return outputs;
}

}  // namespace

RingTensor convolve_winograd(Party& party, const Convolution& convolution,
                             std::span<const std::int16_t> weights, const RingTensor& x) {
  const ConvolutionShape& shape = convolution.shape;
  PQ_CHECK(x.size() == shape.inputs() && x.width() == convolution.input);
  MatrixProducts products(
      party, product_sizes(convolution),
      party.is_server() ? transformed_weights(convolution, weights) : SecretVector<std::int16_t>{});
  std::vector<RingTensor> sums = transformed_input(shape, x);
  for (std::size_t element = 0; element < elements; ++element) {
    const int doubled = doublings(element);
    const RingTensor v = convert(sums[element], Width(convolution.accumulator.bits() + doubled));
    RingTensor product = products.next(v);
    take_off_offset(shape, entries_of(element, convolution.weight_bits).offset, v, product);
    sums[element] = shift_left(convert(product, convolution.input), 2 - doubled);
  }
  return outputs_of(party, convolution, sums);
}

void cost_convolve_winograd(Cost& cost, const Convolution& convolution) {
  cost_matrix_products(cost, product_sizes(convolution));
}

}  // namespace privquant
