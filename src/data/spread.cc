#include "data/spread.h"

#include <algorithm>
#include <cmath>

namespace privquant {

std::vector<std::size_t> spread(std::size_t size, std::size_t count) {
  count = std::min(count, size);
  constexpr double golden = 0.6180339887498949;  // its multiples fill 0..1 evenly, whatever their number
  const double part = count == 0 ? 0 : static_cast<double>(size) / static_cast<double>(count);
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto place = static_cast<double>(i);
    const double within = place * golden - std::floor(place * golden);
    // A part's first index is in it whatever its size, so that parts of one index give that.
    indices[i] = static_cast<std::size_t>(std::floor(place * part)) +
                 static_cast<std::size_t>(std::floor(within * std::floor(part)));
  }
  return indices;
}

}  // namespace privquant
