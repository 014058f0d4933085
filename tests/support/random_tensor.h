// Values that fill their ring, from a seed.
#pragma once

#include <random>

#include "ring/tensor.h"

namespace privquant {

inline RingTensor random_tensor(Width width, std::size_t size, std::mt19937_64& random) {
  RingTensor tensor(width, size);
  for (std::size_t i = 0; i < size; ++i) tensor.set(i, random());
  return tensor;
}

}  // namespace privquant
