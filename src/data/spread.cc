#include "data/spread.h"

#include <algorithm>
#include <cmath>

namespace privquant {

std::vector<std::size_t> spread(std::size_t size, std::size_t count) {
  count = std::min(count, size);
  constexpr double golden = 0.6180339887498949;  // its multiples fill 0..1 evenly, whatever their number
  std::vector<std::size_t> indices(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * size / count;
    const std::size_t end = (i + 1) * size / count;
    const double multiple = static_cast<double>(i) * golden;
    const double within = multiple - std::floor(multiple);
    indices[i] = begin + static_cast<std::size_t>(within * static_cast<double>(end - begin));
  }
  return indices;
}

}  // namespace privquant
