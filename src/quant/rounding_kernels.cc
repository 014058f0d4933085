#include "quant/rounding_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/rounding_kernels.cc"
#include <hwy/foreach_target.h>  // compiles this file once a target
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace privquant {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

struct Bounds {
  Vector inverse, low, high;

  explicit HWY_INLINE Bounds(const Grid& grid)
      : inverse(hn::Set(Floats(), grid.inverse)),
        low(hn::Set(Floats(), grid.low)),
        high(hn::Set(Floats(), grid.high)) {}

  HWY_INLINE Vector integers(Vector scaled) const {
    const Vector rounded = hn::Floor(hn::Add(scaled, hn::Set(Floats(), 0.5F)));
    return hn::Min(hn::Max(rounded, low), high);
  }
  HWY_INLINE auto inside(Vector scaled) const { return hn::And(hn::Ge(scaled, low), hn::Le(scaled, high)); }
};

/// Calls part(first, count) for whole vectors, then for the rest.
template <typename Part>
HWY_INLINE void in_vectors(std::size_t count, Part&& part) {
  const std::size_t lanes = hn::Lanes(Floats());
  std::size_t first = 0;
  for (; first + lanes <= count; first += lanes) part(first, lanes);
  if (first < count) part(first, count - first);
}

HWY_INLINE Vector load(const float* from, std::size_t count) {
  const Floats floats;
  if (count == hn::Lanes(floats)) return hn::LoadU(floats, from);
  HWY_ALIGN float buffer[hn::MaxLanes(Floats())] = {};
  std::copy_n(from, count, buffer);
  return hn::Load(floats, buffer);
}

HWY_INLINE void store(Vector vector, float* to, std::size_t count) {
  const Floats floats;
  if (count == hn::Lanes(floats)) return hn::StoreU(vector, floats, to);
  HWY_ALIGN float buffer[hn::MaxLanes(Floats())];
  hn::Store(vector, floats, buffer);
  std::copy_n(buffer, count, to);
}

void round_to_grid(const float* from, float* to, std::size_t count, const Grid& grid) {
  const Bounds bounds(grid);
  const Vector unit = hn::Set(Floats(), grid.unit);
  in_vectors(count, [&](std::size_t first, std::size_t here) HWY_ATTR {
    const Vector scaled = hn::Mul(load(from + first, here), bounds.inverse);
    store(hn::Mul(bounds.integers(scaled), unit), to + first, here);
  });
}

void pass_inside(const float* values, const float* gradient, float* to, std::size_t count, const Grid& grid) {
  const Bounds bounds(grid);
  in_vectors(count, [&](std::size_t first, std::size_t here) HWY_ATTR {
    const Vector scaled = hn::Mul(load(values + first, here), bounds.inverse);
    store(hn::IfThenElseZero(bounds.inside(scaled), load(gradient + first, here)), to + first, here);
  });
}

double unit_gradient(const float* values, const float* gradient, std::size_t count, const Grid& grid) {
  const Bounds bounds(grid);
  constexpr std::size_t run = 4096;  // summed in float, the runs in double
  double sum = 0;
  for (std::size_t begin = 0; begin < count; begin += run) {
    Vector part = hn::Zero(Floats());
    in_vectors(std::min(run, count - begin), [&](std::size_t first, std::size_t here) HWY_ATTR {
      const Vector scaled = hn::Mul(load(values + begin + first, here), bounds.inverse);
      const Vector moved =
          hn::Sub(bounds.integers(scaled), hn::IfThenElseZero(bounds.inside(scaled), scaled));
      part = hn::MulAdd(load(gradient + begin + first, here), moved, part);
    });
    sum += static_cast<double>(hn::GetLane(hn::SumOfLanes(Floats(), part)));
  }
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace privquant
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {

HWY_EXPORT(round_to_grid);
HWY_EXPORT(pass_inside);
HWY_EXPORT(unit_gradient);

void round_to_grid(const float* from, float* to, std::size_t count, const Grid& grid) {
  HWY_DYNAMIC_DISPATCH(round_to_grid)(from, to, count, grid);
}

void pass_inside(const float* values, const float* gradient, float* to, std::size_t count, const Grid& grid) {
  HWY_DYNAMIC_DISPATCH(pass_inside)(values, gradient, to, count, grid);
}

double unit_gradient(const float* values, const float* gradient, std::size_t count, const Grid& grid) {
  return HWY_DYNAMIC_DISPATCH(unit_gradient)(values, gradient, count, grid);
}

}  // namespace privquant
#endif
