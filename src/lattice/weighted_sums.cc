#include "lattice/weighted_sums.h"

#include "base/error.h"
#include "lattice/ntt.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lattice/weighted_sums.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Two vectors of each of so many outputs stay in registers.
template <std::size_t outputs>
HWY_INLINE void sums_at(const double* const* terms, std::size_t term_count, const double* weights,
                        std::size_t at, std::size_t count, double* sums) {
  const hn::CappedTag<double, 8> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t k = at; k < at + 16; k += 2 * lanes) {
    V left[outputs], right[outputs];
    for (std::size_t o = 0; o < outputs; ++o) left[o] = right[o] = hn::Zero(d);
    for (std::size_t t = 0; t < term_count; ++t) {
      const V x = hn::LoadU(d, terms[t] + k);
      const V y = hn::LoadU(d, terms[t] + k + lanes);
      for (std::size_t o = 0; o < outputs; ++o) {
        const V w = hn::Set(d, weights[o * term_count + t]);
        left[o] = hn::MulAdd(w, x, left[o]);
        right[o] = hn::MulAdd(w, y, right[o]);
      }
    }
    for (std::size_t o = 0; o < outputs; ++o) {
      hn::StoreU(left[o], d, sums + o * count + k);
      hn::StoreU(right[o], d, sums + o * count + k + lanes);
    }
  }
}

void sum_terms(const double* const* terms, std::size_t term_count, const double* weights, std::size_t outputs,
               std::size_t count, double* sums) {
  for (std::size_t at = 0; at < count; at += 16) {
    std::size_t o = 0;
    for (; o + 4 <= outputs; o += 4)
      sums_at<4>(terms, term_count, weights + o * term_count, at, count, sums + o * count);
    for (; o < outputs; ++o)
      sums_at<1>(terms, term_count, weights + o * term_count, at, count, sums + o * count);
  }
}

// What is added to a double is rounded to an integer.
constexpr double rounder = 3.0 * (1LL << 51);

void halve(const double* residues, std::size_t count, double* low, double* high) {
  const hn::CappedTag<double, 8> d;
  const auto down = hn::Set(d, 1.0 / (1 << 25)), up = hn::Set(d, 1 << 25), round = hn::Set(d, rounder);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, residues + i);
    const auto top = hn::Sub(hn::Add(hn::Mul(x, down), round), round);
    hn::StoreU(top, d, high + i);
    hn::StoreU(hn::Sub(x, hn::Mul(top, up)), d, low + i);
  }
}

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(sum_terms);
HWY_EXPORT(halve);

}  // namespace

HalvedResidues::HalvedResidues(std::span<const double> residues, std::size_t more) {
  const std::size_t n = residues.size();
  PQ_CHECK(n % 8 == 0 && more <= n);
  // An odd number of cache lines, so that the same place of many polynomials lies in many cache sets.
  const std::size_t size = ((n + more + 7) / 8 | 1) * 8;
  for (auto& half : halves_) half.resize(size);
  HWY_DYNAMIC_DISPATCH(halve)(residues.data(), n, halves_[0].data(), halves_[1].data());
  for (auto& half : halves_) {
    for (std::size_t i = n; i < size; ++i) half[i] = i < n + more ? -half[i - n] : 0;
  }
}

void weighted_sums(std::span<const double* const> terms, std::span<const double> weights, std::size_t count,
                   std::span<double> sums) {
  PQ_CHECK(count % 16 == 0 && !terms.empty());
  const std::size_t outputs = weights.size() / terms.size();
  PQ_CHECK(weights.size() == outputs * terms.size() && sums.size() == outputs * count);
  HWY_DYNAMIC_DISPATCH(sum_terms)
  (terms.data(), terms.size(), weights.data(), outputs, count, sums.data());
}

void join_halves(const Modulus& modulus, std::span<double> low, std::span<double> high) {
  multiply_residues(modulus, high, std::uint64_t{1} << 25, high);
  add_residues(modulus, high, low);
}

}  // namespace privquant
#endif  // HWY_ONCE
