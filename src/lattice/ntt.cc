#include "lattice/ntt.h"

#include <bit>
#include <cmath>

#include "base/error.h"
#include "lattice/ntt_scalar.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lattice/ntt.cc"
#include <hwy/foreach_target.h>  // compiles what follows once per instruction set
#include <hwy/highway.h>

// How large values get, in units of p: a product of |x| ≤ M·p with a constant |w| ≤ p/2 leaves at most
// 1/2 + M/8 (its quotient is off by M·p·2^-53 from two roundings). A level forward takes M to 1.125·M + 1/2;
// where sums are reduced first, the first level of a pass gives 1 + M/8. From 1, with every second pass
// reduced and the last one (stores are reduced) counted, M stays below 6. Inverse: two levels of sums
// are at most 4, then they are reduced. So all integers stay below 8p < 2^53, where doubles are exact.
HWY_BEFORE_NAMESPACE();
namespace privquant::HWY_NAMESPACE {
// Products are exact only where multiply-add rounds once. Better targets have lower numbers.
#if (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2) || (HWY_ARCH_ARM_A64 && HWY_TARGET <= HWY_NEON)
#define PQ_NTT_FUSED 1
#else
#define PQ_NTT_FUSED 0
#endif

#if PQ_NTT_FUSED
namespace hn = hwy::HWY_NAMESPACE;

template <class D, class V = hn::Vec<D>>
struct Field {
  D d;
  V p;
  V inverse;

  Field(D tag, double prime, double prime_inverse)
      : d(tag), p(hn::Set(tag, prime)), inverse(hn::Set(tag, prime_inverse)) {}

  HWY_INLINE V reduce(V x) const { return hn::NegMulAdd(hn::Round(hn::Mul(x, inverse)), p, x); }
  // x · w where quotient = w/p.
  HWY_INLINE V times(V x, V w, V quotient) const {
    const V high = hn::Mul(x, w);
    const V low = hn::MulSub(x, w, high);
    return hn::Add(hn::NegMulAdd(hn::Round(hn::Mul(x, quotient)), p, high), low);
  }
  HWY_INLINE V times(V a, V b) const {
    const V high = hn::Mul(a, b);
    const V low = hn::MulSub(a, b, high);
    return hn::Add(hn::NegMulAdd(hn::Round(hn::Mul(high, inverse)), p, high), low);
  }
  HWY_INLINE void forward(V& x, V& y, V w, V quotient) const {
    const V product = times(y, w, quotient);
    y = hn::Sub(x, product);
    x = hn::Add(x, product);
  }
  HWY_INLINE void inverse_step(V& x, V& y, V w, V quotient) const {
    const V difference = hn::Sub(x, y);
    x = hn::Add(x, y);
    y = times(difference, w, quotient);
  }
};

// Two levels: blocks of 4 · quarter values; one root of the first level, two of the second.
template <class D>
HWY_INLINE void forward_pass(D d, double* x, std::size_t blocks, std::size_t quarter, const double* roots,
                             const double* quotients, bool reduce, double p, double inverse) {
  const Field<D> field(d, p, inverse);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first = blocks + block;
    const auto w1 = hn::Set(d, roots[first]), q1 = hn::Set(d, quotients[first]);
    const auto w2 = hn::Set(d, roots[2 * first]), q2 = hn::Set(d, quotients[2 * first]);
    const auto w3 = hn::Set(d, roots[2 * first + 1]), q3 = hn::Set(d, quotients[2 * first + 1]);
    double* at = x + 4 * quarter * block;
    for (std::size_t i = 0; i < quarter; i += hn::Lanes(d)) {
      auto a = hn::LoadU(d, at + i), b = hn::LoadU(d, at + quarter + i);
      auto c = hn::LoadU(d, at + 2 * quarter + i), e = hn::LoadU(d, at + 3 * quarter + i);
      if (reduce) {
        a = field.reduce(a);
        b = field.reduce(b);
      }
      field.forward(a, c, w1, q1);
      field.forward(b, e, w1, q1);
      field.forward(a, b, w2, q2);
      field.forward(c, e, w3, q3);
      hn::StoreU(a, d, at + i);
      hn::StoreU(b, d, at + quarter + i);
      hn::StoreU(c, d, at + 2 * quarter + i);
      hn::StoreU(e, d, at + 3 * quarter + i);
    }
  }
}

template <class D>
HWY_INLINE void inverse_pass(D d, double* x, std::size_t blocks, std::size_t quarter, const double* roots,
                             const double* quotients, double p, double inverse) {
  const Field<D> field(d, p, inverse);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first = blocks + block;
    const auto w1 = hn::Set(d, roots[first]), q1 = hn::Set(d, quotients[first]);
    const auto w2 = hn::Set(d, roots[2 * first]), q2 = hn::Set(d, quotients[2 * first]);
    const auto w3 = hn::Set(d, roots[2 * first + 1]), q3 = hn::Set(d, quotients[2 * first + 1]);
    double* at = x + 4 * quarter * block;
    for (std::size_t i = 0; i < quarter; i += hn::Lanes(d)) {
      auto a = hn::LoadU(d, at + i), b = hn::LoadU(d, at + quarter + i);
      auto c = hn::LoadU(d, at + 2 * quarter + i), e = hn::LoadU(d, at + 3 * quarter + i);
      field.inverse_step(a, b, w2, q2);
      field.inverse_step(c, e, w3, q3);
      field.inverse_step(a, c, w1, q1);
      field.inverse_step(b, e, w1, q1);
      hn::StoreU(field.reduce(a), d, at + i);
      hn::StoreU(field.reduce(b), d, at + quarter + i);
      hn::StoreU(c, d, at + 2 * quarter + i);
      hn::StoreU(e, d, at + 3 * quarter + i);
    }
  }
}

template <class F>
HWY_INLINE void with_lanes_up_to(std::size_t lanes, F&& f) {
  if (lanes >= 8) return f(hn::CappedTag<double, 8>());
  f(hn::CappedTag<double, 4>());
}

void forward_transform(double* x, std::size_t degree, const double* roots, const double* quotients,
                       const double* last_roots, const double* last_quotients, double p, double inverse) {
  std::size_t blocks = 1;
  std::size_t length = degree;
  bool reduce = false;
  if (std::countr_zero(degree) % 2 == 1) {
    const hn::CappedTag<double, 8> d;
    const Field field(d, p, inverse);
    const auto w = hn::Set(d, roots[1]), q = hn::Set(d, quotients[1]);
    for (std::size_t i = 0; i < degree / 2; i += hn::Lanes(d)) {
      auto a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + degree / 2 + i);
      field.forward(a, b, w, q);
      hn::StoreU(a, d, x + i);
      hn::StoreU(b, d, x + degree / 2 + i);
    }
    blocks = 2;
    length /= 2;
    reduce = true;
  }
  for (; length > 4; blocks *= 4, length /= 4, reduce = !reduce) {
    with_lanes_up_to(length / 4, [&](auto d) HWY_ATTR {
      forward_pass(d, x, blocks, length / 4, roots, quotients, reduce, p, inverse);
    });
  }
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  const std::size_t quarter = degree / 4;
  for (std::size_t i = 0; i < quarter; i += hn::Lanes(d)) {
    auto a = hn::Zero(d), b = a, c = a, e = a;
    hn::LoadInterleaved4(d, x + 4 * i, a, b, c, e);
    const auto w1 = hn::LoadU(d, last_roots + i), q1 = hn::LoadU(d, last_quotients + i);
    field.forward(a, c, w1, q1);
    field.forward(b, e, w1, q1);
    field.forward(a, b, hn::LoadU(d, last_roots + quarter + i), hn::LoadU(d, last_quotients + quarter + i));
    field.forward(c, e, hn::LoadU(d, last_roots + 2 * quarter + i),
                  hn::LoadU(d, last_quotients + 2 * quarter + i));
    hn::StoreInterleaved4(field.reduce(a), field.reduce(b), field.reduce(c), field.reduce(e), d, x + 4 * i);
  }
}

void inverse_transform(double* x, std::size_t degree, const double* roots, const double* quotients,
                       const double* first_roots, const double* first_quotients, double scale, double p,
                       double inverse) {
  {
    const hn::CappedTag<double, 8> d;
    const Field field(d, p, inverse);
    const std::size_t quarter = degree / 4;
    for (std::size_t i = 0; i < quarter; i += hn::Lanes(d)) {
      auto a = hn::Zero(d), b = a, c = a, e = a;
      hn::LoadInterleaved4(d, x + 4 * i, a, b, c, e);
      const auto w1 = hn::LoadU(d, first_roots + i), q1 = hn::LoadU(d, first_quotients + i);
      field.inverse_step(a, b, hn::LoadU(d, first_roots + quarter + i),
                         hn::LoadU(d, first_quotients + quarter + i));
      field.inverse_step(c, e, hn::LoadU(d, first_roots + 2 * quarter + i),
                         hn::LoadU(d, first_quotients + 2 * quarter + i));
      field.inverse_step(a, c, w1, q1);
      field.inverse_step(b, e, w1, q1);
      hn::StoreInterleaved4(field.reduce(a), field.reduce(b), c, e, d, x + 4 * i);
    }
  }
  std::size_t quarter = 4;
  for (; 4 * quarter <= degree; quarter *= 4) {
    with_lanes_up_to(quarter, [&](auto d) HWY_ATTR {
      inverse_pass(d, x, degree / (4 * quarter), quarter, roots, quotients, p, inverse);
    });
  }
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  const bool one_level_left = quarter < degree;
  const auto factor = hn::Set(d, scale), quotient = hn::Set(d, scale * inverse);
  const std::size_t half = degree / 2;
  const auto w = hn::Set(d, roots[1]), q = hn::Set(d, quotients[1]);
  for (std::size_t i = 0; i < half; i += hn::Lanes(d)) {
    auto a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + half + i);
    if (one_level_left) field.inverse_step(a, b, w, q);
    hn::StoreU(field.reduce(field.times(a, factor, quotient)), d, x + i);
    hn::StoreU(field.reduce(field.times(b, factor, quotient)), d, x + half + i);
  }
}

void multiply_all(const double* a, const double* b, double* out, std::size_t count, bool add, double p,
                  double inverse) {
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
    auto product = field.times(hn::LoadU(d, a + i), hn::LoadU(d, b + i));
    if (add) product = hn::Add(product, hn::LoadU(d, out + i));
    hn::StoreU(field.reduce(product), d, out + i);
  }
}

// Eight products, at most 5/8 each, and a sum that is reduced stay below 8p.
void sum_all(const double* const* a, const double* const* b, std::size_t terms, double* sum,
             std::size_t count, double p, double inverse) {
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t k = 0; k < count; k += 4 * lanes) {
    auto s0 = hn::LoadU(d, sum + k), s1 = hn::LoadU(d, sum + k + lanes);
    auto s2 = hn::LoadU(d, sum + k + 2 * lanes), s3 = hn::LoadU(d, sum + k + 3 * lanes);
    for (std::size_t t = 0; t < terms; ++t) {
      const auto add = [&](auto& s, std::size_t at) HWY_ATTR {
        s = hn::Add(s, field.times(hn::LoadU(d, a[t] + at), hn::LoadU(d, b[t] + at)));
        if (t % 8 == 7) s = field.reduce(s);
      };
      add(s0, k);
      add(s1, k + lanes);
      add(s2, k + 2 * lanes);
      add(s3, k + 3 * lanes);
    }
    hn::StoreU(field.reduce(s0), d, sum + k);
    hn::StoreU(field.reduce(s1), d, sum + k + lanes);
    hn::StoreU(field.reduce(s2), d, sum + k + 2 * lanes);
    hn::StoreU(field.reduce(s3), d, sum + k + 3 * lanes);
  }
}

void multiply_constant(const double* a, double constant, double* out, std::size_t count, double p,
                       double inverse) {
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  const auto factor = hn::Set(d, constant), quotient = hn::Set(d, constant * inverse);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(field.reduce(field.times(hn::LoadU(d, a + i), factor, quotient)), d, out + i);
}

void add_all(const double* a, double* sum, std::size_t count, double p, double inverse) {
  const hn::CappedTag<double, 8> d;
  const Field field(d, p, inverse);
  for (std::size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(field.reduce(hn::Add(hn::LoadU(d, a + i), hn::LoadU(d, sum + i))), d, sum + i);
}

#else
void forward_transform(double* x, std::size_t degree, const double* roots, const double*, const double*,
                       const double*, double p, double) {
  scalar::forward(x, degree, roots, p);
}
void inverse_transform(double* x, std::size_t degree, const double* roots, const double*, const double*,
                       const double*, double scale, double p, double) {
  scalar::inverse(x, degree, roots, scale, p);
}
void multiply_all(const double* a, const double* b, double* out, std::size_t count, bool add, double p,
                  double) {
  scalar::multiply(a, b, out, count, add, p);
}
void sum_all(const double* const* a, const double* const* b, std::size_t terms, double* sum,
             std::size_t count, double p, double) {
  for (std::size_t t = 0; t < terms; ++t) scalar::multiply(a[t], b[t], sum, count, true, p);
}
void multiply_constant(const double* a, double constant, double* out, std::size_t count, double p, double) {
  scalar::multiply_constant(a, constant, out, count, p);
}
void add_all(const double* a, double* sum, std::size_t count, double p, double) {
  scalar::add(a, sum, count, p);
}
#endif
#undef PQ_NTT_FUSED

}  // namespace privquant::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace privquant {
namespace {

HWY_EXPORT(forward_transform);
HWY_EXPORT(inverse_transform);
HWY_EXPORT(multiply_all);
HWY_EXPORT(sum_all);
HWY_EXPORT(multiply_constant);
HWY_EXPORT(add_all);

std::size_t reversed_bits(std::size_t x, int bits) {
  std::size_t result = 0;
  for (int i = 0; i < bits; ++i) result |= (x >> i & 1U) << (bits - 1 - i);
  return result;
}

void fill_roots(const Modulus& modulus, std::size_t degree, std::uint64_t root, std::vector<double>& roots,
                std::vector<double>& quotients) {
  roots.resize(degree);
  quotients.resize(degree);
  const int bits = std::countr_zero(degree);
  std::uint64_t power = 1;
  for (std::size_t i = 0; i < degree; ++i, power = modulus.multiply(power, root)) {
    const std::size_t at = reversed_bits(i, bits);
    roots[at] = modulus.balanced(power);
    quotients[at] = roots[at] / modulus.p;
  }
}

// Of block i: the root of the first level of the pass, then the two of the second.
std::vector<double> by_fours(const std::vector<double>& all) {
  const std::size_t quarter = all.size() / 4;
  std::vector<double> result(3 * quarter);
  for (std::size_t i = 0; i < quarter; ++i) {
    result[i] = all[quarter + i];
    result[quarter + i] = all[2 * (quarter + i)];
    result[2 * quarter + i] = all[2 * (quarter + i) + 1];
  }
  return result;
}

}  // namespace

Ntt::Ntt(std::size_t degree, std::uint64_t prime)
    : Ntt(degree, Modulus(prime), root_of_unity(Modulus(prime), degree)) {}

Ntt Ntt::folded(std::size_t r) const { return {degree_ / r, modulus_, modulus_.power(root_, r)}; }

Ntt::Ntt(std::size_t degree, const Modulus& modulus, std::uint64_t root)
    : degree_(degree), modulus_(modulus), root_(root), degree_inverse_(modulus_.invert(degree)) {
  PQ_CHECK(std::has_single_bit(degree) && degree >= 32 && degree <= 8192 &&
           modulus.value < std::uint64_t{1} << 50);
  fill_roots(modulus_, degree, root, roots_, quotients_);
  fill_roots(modulus_, degree, modulus_.invert(root), inverse_roots_, inverse_quotients_);
  last_roots_ = by_fours(roots_);
  last_quotients_ = by_fours(quotients_);
  first_inverse_roots_ = by_fours(inverse_roots_);
  first_inverse_quotients_ = by_fours(inverse_quotients_);
}

void Ntt::forward(std::span<double> x) const {
  PQ_CHECK(x.size() == degree_);
  HWY_DYNAMIC_DISPATCH(forward_transform)
  (x.data(), degree_, roots_.data(), quotients_.data(), last_roots_.data(), last_quotients_.data(),
   modulus_.p, modulus_.inverse);
}

void Ntt::inverse(std::span<double> x, std::uint64_t scale) const {
  PQ_CHECK(x.size() == degree_);
  HWY_DYNAMIC_DISPATCH(inverse_transform)
  (x.data(), degree_, inverse_roots_.data(), inverse_quotients_.data(), first_inverse_roots_.data(),
   first_inverse_quotients_.data(), modulus_.balanced(modulus_.multiply(scale, degree_inverse_)), modulus_.p,
   modulus_.inverse);
}

void multiply_residues(const Modulus& modulus, std::span<const double> a, std::span<const double> b,
                       std::span<double> out) {
  PQ_CHECK(a.size() == b.size() && a.size() == out.size() && a.size() % 8 == 0);
  HWY_DYNAMIC_DISPATCH(multiply_all)
  (a.data(), b.data(), out.data(), a.size(), false, modulus.p, modulus.inverse);
}

void multiply_add_residues(const Modulus& modulus, std::span<const double> a, std::span<const double> b,
                           std::span<double> sum) {
  PQ_CHECK(a.size() == b.size() && a.size() == sum.size() && a.size() % 8 == 0);
  HWY_DYNAMIC_DISPATCH(multiply_all)
  (a.data(), b.data(), sum.data(), a.size(), true, modulus.p, modulus.inverse);
}

void add_products(const Modulus& modulus, std::span<const double* const> a, std::span<const double* const> b,
                  std::span<double> sum) {
  PQ_CHECK(a.size() == b.size() && sum.size() % 32 == 0);
  HWY_DYNAMIC_DISPATCH(sum_all)
  (a.data(), b.data(), a.size(), sum.data(), sum.size(), modulus.p, modulus.inverse);
}

void multiply_residues(const Modulus& modulus, std::span<const double> a, std::uint64_t constant,
                       std::span<double> out) {
  PQ_CHECK(a.size() == out.size() && a.size() % 8 == 0);
  HWY_DYNAMIC_DISPATCH(multiply_constant)
  (a.data(), modulus.balanced(constant), out.data(), a.size(), modulus.p, modulus.inverse);
}

void add_residues(const Modulus& modulus, std::span<const double> a, std::span<double> sum) {
  PQ_CHECK(a.size() == sum.size() && a.size() % 8 == 0);
  HWY_DYNAMIC_DISPATCH(add_all)(a.data(), sum.data(), a.size(), modulus.p, modulus.inverse);
}

}  // namespace privquant
#endif  // HWY_ONCE
