// The inner loops of fake quantisation. Training waits for memory: each of them goes over its values once.
#pragma once

#include <cstddef>

namespace privquant {

/// The integers low … high times a power of two.
struct Grid {
  float unit;
  float inverse;  ///< 1 / unit
  float low, high;
};

/// to = clip(⌊from / unit + 1/2⌋) · unit.
void round_to_grid(const float* from, float* to, std::size_t count, const Grid& grid);

/// to = gradient where value / unit is in low … high, else 0.
void pass_inside(const float* values, const float* gradient, float* to, std::size_t count, const Grid& grid);

/// Σ gradient · (clip(⌊value / unit + 1/2⌋) − value / unit), the second term only where nothing clips: the
/// derivative by the unit.
double unit_gradient(const float* values, const float* gradient, std::size_t count, const Grid& grid);

}  // namespace privquant
