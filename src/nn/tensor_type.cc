#include "nn/tensor_type.h"

#include <fmt/format.h>

namespace privquant {

std::string to_string(const TensorType& type) {
  return fmt::format("{}{}·2^{}", type.is_signed ? 's' : 'u', type.bits, type.exponent);
}

std::string to_string(const Shape& shape) {
  return fmt::format("{}×{}×{}", shape.channels, shape.height, shape.width);
}

}  // namespace privquant
