#include <array>
#include <cmath>

#include "base/error.h"
#include "nn/executor.h"

namespace privquant {

namespace {

/// ⌊(byte/255 − mean) / deviation / 2^exponent + 1/2⌋ clipped to the type, for all bytes.
std::array<std::int64_t, 256> byte_table(const TensorType& type, double mean, double deviation) {
  std::array<std::int64_t, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const double real = (static_cast<double>(byte) / 255.0 - mean) / deviation;
    const double rounded = std::floor(std::ldexp(real, -type.exponent) + 0.5);
    // Compared before the conversion: a double outside the type may not fit any integer.
    if (rounded <= static_cast<double>(type.min())) {
      table[byte] = type.min();
    } else if (rounded >= static_cast<double>(type.max())) {
      table[byte] = type.max();
    } else {
      table[byte] = static_cast<std::int64_t>(rounded);
    }
  }
  return table;
}

}  // namespace

IntegerTensor quantise_picture(const Graph& graph, int channels, int height, int width,
                               const std::vector<std::uint8_t>& bytes) {
  const Node& input = graph.input();
  const Shape shape{channels, height, width};
  if (shape != input.shape) {
    fail(ErrorCode::usage,
         "the picture is {}, but the network takes {}; give a picture of that size, or resize it",
         to_string(shape), to_string(input.shape));
  }
  if (bytes.size() != shape.elements()) {
    fail(ErrorCode::usage, "a picture of {} needs {} bytes, but has {}", to_string(shape), shape.elements(),
         bytes.size());
  }
  IntegerTensor result{input.type, shape, std::vector<std::int64_t>(bytes.size())};
  const std::size_t plane = bytes.size() / static_cast<std::size_t>(channels);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
    const auto table =
        byte_table(input.type, graph.preprocessing.mean.at(c), graph.preprocessing.deviation.at(c));
    for (std::size_t i = c * plane; i < (c + 1) * plane; ++i) result.values[i] = table[bytes[i]];
  }
  return result;
}

}  // namespace privquant
