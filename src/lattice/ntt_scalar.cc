#include "lattice/ntt_scalar.h"

#include "base/bytes.h"
#include "lattice/modulus.h"

namespace privquant::scalar {
namespace {

std::uint64_t sum_of(const Modulus& modulus, std::uint64_t a, std::uint64_t b) {
  return modulus.less_if_above(a + b);
}
std::uint64_t difference_of(const Modulus& modulus, std::uint64_t a, std::uint64_t b) {
  return sum_of(modulus, a, modulus.value - b);
}

SecretVector<std::uint64_t> residues(const Modulus& modulus, const double* x, std::size_t count) {
  SecretVector<std::uint64_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = modulus.residue(x[i]);
  return words;
}

}  // namespace

void forward(double* x, std::size_t degree, const double* roots, double p) {
  const Modulus modulus(static_cast<std::uint64_t>(p));
  SecretVector<std::uint64_t> words = residues(modulus, x, degree);
  for (std::size_t blocks = 1, half = degree / 2; half >= 1; blocks *= 2, half /= 2) {
    for (std::size_t block = 0; block < blocks; ++block) {
      const ConstantFactor root(modulus, modulus.residue(roots[blocks + block]));
      std::uint64_t* at = words.data() + 2 * half * block;
      for (std::size_t i = 0; i < half; ++i) {
        const std::uint64_t product = root.times(at[half + i]);
        at[half + i] = difference_of(modulus, at[i], product);
        at[i] = sum_of(modulus, at[i], product);
      }
    }
  }
  for (std::size_t i = 0; i < degree; ++i) x[i] = modulus.balanced(words[i]);
}

void inverse(double* x, std::size_t degree, const double* roots, double scale, double p) {
  const Modulus modulus(static_cast<std::uint64_t>(p));
  SecretVector<std::uint64_t> words = residues(modulus, x, degree);
  for (std::size_t blocks = degree / 2, half = 1; blocks >= 1; blocks /= 2, half *= 2) {
    for (std::size_t block = 0; block < blocks; ++block) {
      const ConstantFactor root(modulus, modulus.residue(roots[blocks + block]));
      std::uint64_t* at = words.data() + 2 * half * block;
      for (std::size_t i = 0; i < half; ++i) {
        const std::uint64_t difference = difference_of(modulus, at[i], at[half + i]);
        at[i] = sum_of(modulus, at[i], at[half + i]);
        at[half + i] = root.times(difference);
      }
    }
  }
  const ConstantFactor factor(modulus, modulus.residue(scale));
  for (std::size_t i = 0; i < degree; ++i) x[i] = modulus.balanced(factor.times(words[i]));
}

void multiply(const double* a, const double* b, double* out, std::size_t count, bool add, double p) {
  const Modulus modulus(static_cast<std::uint64_t>(p));
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t product = modulus.multiply(modulus.residue(a[i]), modulus.residue(b[i]));
    if (add) product = sum_of(modulus, product, modulus.residue(out[i]));
    out[i] = modulus.balanced(product);
  }
}

void multiply_constant(const double* a, double constant, double* out, std::size_t count, double p) {
  const Modulus modulus(static_cast<std::uint64_t>(p));
  const ConstantFactor factor(modulus, modulus.residue(constant));
  for (std::size_t i = 0; i < count; ++i) out[i] = modulus.balanced(factor.times(modulus.residue(a[i])));
}

void add(const double* a, double* sum, std::size_t count, double p) {
  const Modulus modulus(static_cast<std::uint64_t>(p));
  for (std::size_t i = 0; i < count; ++i) {
    sum[i] = modulus.balanced(sum_of(modulus, modulus.residue(a[i]), modulus.residue(sum[i])));
  }
}

}  // namespace privquant::scalar
