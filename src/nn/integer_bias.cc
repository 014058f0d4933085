#include "nn/integer_bias.h"

#include <cmath>

#include "nn/node_error.h"

namespace privquant {

std::vector<std::int64_t> integer_bias(const Node& layer, const std::vector<float>& bias) {
  std::vector<std::int64_t> result;
  result.reserve(bias.size());
  for (const float value : bias) {
    const double rounded = std::floor(std::ldexp(static_cast<double>(value), -layer.type.exponent) + 0.5);
    // Compared before the conversion: a double outside may not fit any integer.
    if (!(std::abs(rounded) < 0x1p62)) {
      fail_node(layer,
                "a bias has more than 63 bits in steps of 2^{}, those of its sums; use coarser scales, or "
                "check whether "
                "the layer was trained",
                layer.type.exponent);
    }
    result.push_back(static_cast<std::int64_t>(rounded));
  }
  return result;
}

}  // namespace privquant
