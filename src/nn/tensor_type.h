// The type of a quantised tensor: an integer of `bits` bits; its real value is integer · 2^exponent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace privquant {

struct TensorType {
  int bits = 8;
  bool is_signed = true;
  int exponent = 0;

  /// Smallest and greatest integer of the type.
  std::int64_t min() const {
    return is_signed ? static_cast<std::int64_t>(~std::uint64_t{0} << (bits - 1)) : 0;
  }
  std::int64_t max() const {
    return static_cast<std::int64_t>((std::uint64_t{1} << (is_signed ? bits - 1 : bits)) - 1);
  }
  bool operator==(const TensorType&) const = default;
};

/// "u4·2^-3", "s12·2^-9".
std::string to_string(const TensorType& type);

/// Channels, height, width of one picture's tensor; a vector of n features is {n, 1, 1}.
struct Shape {
  int channels = 1;
  int height = 1;
  int width = 1;

  std::size_t elements() const {
    return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  bool operator==(const Shape&) const = default;
};

std::string to_string(const Shape& shape);  ///< "16×28×28"

/// Plaintext integers in channel, row, column order.
struct IntegerTensor {
  TensorType type;
  Shape shape;
  std::vector<std::int64_t> values;
};

}  // namespace privquant
