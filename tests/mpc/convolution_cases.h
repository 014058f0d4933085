// What the convolution tests share: geometries, the definition written as loops, and a run of both parties.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "mpc/convolve.h"
#include "shares.h"

namespace privquant {

inline std::vector<std::int64_t> direct_convolution(const ConvolutionShape& s,
                                                    const std::vector<std::int16_t>& weights,
                                                    const std::vector<std::int64_t>& x) {
  std::vector<std::int64_t> out;
  const int in_group = s.in_channels / s.groups;
  const int out_group = s.out_channels / s.groups;
  for (int o = 0; o < s.out_channels; ++o) {
    for (int y = 0; y < s.out_height; ++y) {
      for (int c = 0; c < s.out_width; ++c) {
        std::int64_t sum = 0;
        for (int i = 0; i < in_group; ++i) {
          for (int ky = 0; ky < s.kernel_height; ++ky) {
            for (int kx = 0; kx < s.kernel_width; ++kx) {
              const int iy = y * s.stride_height + ky * s.dilation_height - s.pad_top;
              const int ix = c * s.stride_width + kx * s.dilation_width - s.pad_left;
              if (iy < 0 || iy >= s.in_height || ix < 0 || ix >= s.in_width) continue;
              const int channel = o / out_group * in_group + i;
              sum += weights[static_cast<std::size_t>(
                         ((o * in_group + i) * s.kernel_height + ky) * s.kernel_width + kx)] *
                     x[static_cast<std::size_t>((channel * s.in_height + iy) * s.in_width + ix)];
            }
          }
        }
        out.push_back(sum);
      }
    }
  }
  return out;
}

inline const std::vector<ConvolutionShape>& convolution_geometries() {
  static const std::vector<ConvolutionShape> shapes{
      {3, 6, 5, 4, 6, 5, 1, 3, 3, 1, 1, 1, 1, 1, 1},    // same padding
      {2, 7, 7, 3, 3, 3, 1, 3, 3, 2, 2, 1, 1, 0, 0},    // stride 2
      {4, 5, 5, 6, 5, 5, 2, 3, 3, 1, 1, 1, 1, 1, 1},    // two groups
      {4, 5, 5, 4, 3, 3, 4, 3, 3, 2, 2, 1, 1, 1, 1},    // depthwise, stride 2
      {2, 8, 8, 2, 4, 4, 1, 3, 3, 1, 1, 2, 2, 0, 0},    // dilation
      {3, 4, 4, 5, 4, 4, 1, 1, 1, 1, 1, 1, 1, 0, 0},    // pointwise
      {2, 6, 6, 3, 3, 3, 1, 3, 3, 2, 2, 1, 1, 0, 0},    // padding on the far sides only
      {2, 5, 6, 3, 2, 2, 1, 1, 1, 3, 4, 1, 1, 0, 0},    // a stride that skips inputs
      {2, 9, 4, 4, 3, 5, 2, 2, 3, 4, 1, 1, 2, 1, 2},    // a kernel that is no square
      {3, 12, 11, 2, 3, 3, 1, 3, 3, 3, 3, 2, 2, 0, 0},  // taps on every residue of the stride, out of order
      {4, 9, 9, 4, 5, 5, 2, 5, 2, 2, 2, 1, 2, 2, 1},    // one phase across, two down
      {1, 1, 1, 2, 3, 3, 1, 3, 3, 1, 1, 1, 1, 2, 2},    // more padding than picture
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0}};   // one element
  return shapes;
}

class ConvolutionTest : public MpcTest {
 protected:
  std::mt19937_64 random{11};
  OtExtension extension = OtExtension::iknp;

  template <typename Body>
  void on_every_extension(Body&& body) {
    for (const OtExtension each : mpc_extensions) {
      SCOPED_TRACE(std::string(name_of(each)));
      extension = each;
      body();
    }
  }

  /// Random weights of the convolution's width; the first are its extremes.
  std::vector<std::int16_t> draw_weights(const Convolution& convolution) {
    const std::int64_t half = std::int64_t{1} << (convolution.weight_bits - 1);
    std::vector<std::int16_t> weights;
    for (const std::int64_t value :
         random_values(convolution.shape.fan_in() * static_cast<std::size_t>(convolution.shape.out_channels),
                       -half, half - 1, random))
      weights.push_back(static_cast<std::int16_t>(value));
    weights.front() = static_cast<std::int16_t>(-half);
    weights.back() = static_cast<std::int16_t>(half - 1);
    return weights;
  }

  /// Values that the convolution's input may hold.
  std::vector<std::int64_t> draw_values(const Convolution& convolution) {
    const int bits = std::min(convolution.input.bits(), 16);
    const std::int64_t half = std::int64_t{1} << (bits - 1);
    std::int64_t low = convolution.input_is_signed ? -half : 0;
    std::int64_t high = convolution.input_is_signed ? half - 1 : 2 * half - 1;
    // The unsigned reading of a signed value is the value moved by 2^(m−1).
    if (convolution.sharing == InputSharing::msb_zero) high = convolution.input_is_signed ? -1 : half - 1;
    auto values = random_values(convolution.shape.inputs(), low, high, random);
    values.front() = low;
    values.back() = high;
    return values;
  }

  Sharing share(const Convolution& convolution, const std::vector<std::int64_t>& values) {
    if (convolution.sharing != InputSharing::client_only)
      return share_values(convolution.input, values, random());
    return {RingTensor::zeros(convolution.input, values.size()),
            RingTensor::from_signed(convolution.input, values)};
  }

  void check(const Convolution& convolution, const std::vector<std::int16_t>& weights) {
    const auto values = draw_values(convolution);
    const Sharing x = share(convolution, values);
    Cost cost;
    cost.choices.extension = extension;
    cost_convolve(cost, convolution);
    const RingTensor result = opened(parties(extension).run(cost, [&](Party& party) {
      return convolve(party, convolution, party.is_server() ? weights : std::vector<std::int16_t>{},
                      x.of(party));
    }));
    const auto expected = direct_convolution(convolution.shape, weights, values);
    ASSERT_EQ(result.size(), expected.size());
    ASSERT_EQ(result.width(), convolution.accumulator);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(result.get(i), static_cast<std::uint64_t>(expected[i]) & convolution.accumulator.mask())
          << "output " << i;
  }
  void check(const Convolution& convolution) { check(convolution, draw_weights(convolution)); }
};

}  // namespace privquant
