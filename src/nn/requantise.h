// y = ⌊(x + 2^(s−1)) / 2^s⌋, rounding half up, then clipped to a type.
#pragma once

#include <algorithm>
#include <cstdint>

#include "nn/tensor_type.h"

namespace privquant {

class Requantiser {
 public:
  /// The types' exponents must be 0 to 62 apart.
  Requantiser(const TensorType& from, const TensorType& to)
      : shift_(to.exponent - from.exponent), low_(to.min()), high_(to.max()) {}

  std::int64_t operator()(std::int64_t x) const { return std::clamp(round(x), low_, high_); }

  /// 2^(s−1), 0 for s = 0.
  std::int64_t rounding_constant() const { return shift_ == 0 ? 0 : std::int64_t{1} << (shift_ - 1); }

 private:
  std::int64_t round(std::int64_t x) const {
    if (shift_ == 0) return x;
    // The sum x + 2^(s−1) could leave 64 bits; its carry into bit s is bit s−1 of x.
    return (x >> shift_) + ((x >> (shift_ - 1)) & 1);
  }

  int shift_;
  std::int64_t low_, high_;
};

}  // namespace privquant
