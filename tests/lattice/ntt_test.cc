#include "lattice/ntt.h"

#include <gtest/gtest.h>

#include <random>

#include "lattice/ntt_scalar.h"
#include "support/every_target.h"

namespace privquant {
namespace {

std::vector<double> random_residues(const Modulus& modulus, std::size_t count, std::mt19937_64& random) {
  std::vector<double> x(count);
  for (double& value : x) value = modulus.balanced(random() % modulus.value);
  // Extremes: whatever sums grow to must be met.
  for (std::size_t i = 0; i < count / 4; ++i)
    x[i] = modulus.balanced(i % 2 == 0 ? modulus.value / 2 : modulus.value / 2 + 1);
  return x;
}

std::vector<std::uint64_t> residues(const Modulus& modulus, const std::vector<double>& x) {
  std::vector<std::uint64_t> result(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) result[i] = modulus.residue(x[i]);
  return result;
}

TEST(Modulus, PrimesAreThoseOfTheDocument) {
  const auto primes = lattice_primes(3);
  ASSERT_EQ(primes, (std::vector<std::uint64_t>{1125899906826241, 1125899906629633, 1125899905744897}));
  for (const std::uint64_t prime : primes) {
    EXPECT_EQ(prime % 16384, 1U);
    EXPECT_LT(prime, std::uint64_t{1} << 50);
  }
}

TEST(Modulus, ProductsOfEdgesAndOfRandomResidues) {
  for (const std::uint64_t prime : lattice_primes(3)) {
    const Modulus modulus(prime);
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> values{0, 1, 2, prime / 2, prime / 2 + 1, prime - 2, prime - 1};
    for (int i = 0; i < 100; ++i) values.push_back(random() % prime);
    for (const std::uint64_t a : values) {
      const ConstantFactor factor(modulus, a);
      for (const std::uint64_t b : values) {
        const auto expected = static_cast<std::uint64_t>(Word128{a} * b % prime);
        ASSERT_EQ(modulus.multiply(a, b), expected);
        ASSERT_EQ(factor.times(b), expected);
      }
      ASSERT_EQ(factor.times(~std::uint64_t{0}),
                static_cast<std::uint64_t>(Word128{a} * ~std::uint64_t{0} % prime));
      if (a != 0) {
        ASSERT_EQ(modulus.multiply(a, modulus.invert(a)), 1U);
      }
      ASSERT_EQ(modulus.residue(modulus.balanced(a)), a);
      ASSERT_LE(2 * std::abs(modulus.balanced(a)), modulus.p);
    }
    EXPECT_EQ(modulus.reduce(-1), prime - 1);
    EXPECT_EQ(modulus.reduce(INT64_MIN), prime - (std::uint64_t{1} << 63) % prime);
  }
}

// Every value is the polynomial's at an odd power of the root, in bit-reversed order.
TEST(Ntt, KnownAnswers) {
  on_every_target([] {
    for (const std::size_t degree : {32, 2048, 4096, 8192}) {
      const Ntt ntt(degree, lattice_primes(1)[0]);
      const Modulus& modulus = ntt.modulus();
      std::vector<double> constant(degree, 0.0);
      constant[0] = 5;
      ntt.forward(constant);
      EXPECT_EQ(constant, std::vector<double>(degree, 5.0));
      std::vector<double> x(degree, 0.0);
      x[1] = 1;
      ntt.forward(x);
      const std::uint64_t root = root_of_unity(modulus, degree);
      int bits = 0;
      while (std::size_t{1} << bits < degree) ++bits;
      for (std::size_t i = 0; i < degree; ++i) {
        std::size_t reversed = 0;
        for (int bit = 0; bit < bits; ++bit) reversed |= (i >> bit & 1U) << (bits - 1 - bit);
        ASSERT_EQ(modulus.residue(x[i]), modulus.power(root, 2 * reversed + 1)) << i;
      }
    }
  });
}

TEST(Ntt, MultipliesAsASchoolbookDoes) {
  on_every_target([] {
    for (const std::size_t degree : {32, 64, 128, 256}) {
      for (const std::uint64_t prime : lattice_primes(2)) {
        const Ntt ntt(degree, prime);
        const Modulus& modulus = ntt.modulus();
        std::mt19937_64 random(degree);
        auto a = random_residues(modulus, degree, random);
        auto b = random_residues(modulus, degree, random);
        const auto left = residues(modulus, a);
        const auto right = residues(modulus, b);
        std::vector<std::uint64_t> expected(degree);
        for (std::size_t i = 0; i < degree; ++i) {
          for (std::size_t j = 0; j < degree; ++j) {
            const std::uint64_t product = modulus.multiply(left[i], right[j]);
            std::uint64_t& at = expected[(i + j) % degree];
            at = (at + (i + j < degree ? product : prime - product)) % prime;
          }
        }
        ntt.forward(a);
        ntt.forward(b);
        std::vector<double> product(degree);
        multiply_residues(modulus, a, b, product);
        ntt.inverse(product);
        ASSERT_EQ(residues(modulus, product), expected) << degree;
      }
    }
  });
}

TEST(Ntt, EveryInstructionSetEqualsTheScalarTwin) {
  on_every_target([] {
    for (const std::size_t degree : {2048, 4096, 8192}) {
      const Ntt ntt(degree, lattice_primes(2)[1]);
      const Modulus& modulus = ntt.modulus();
      std::mt19937_64 random(degree);
      const auto start = random_residues(modulus, degree, random);
      std::vector<double> roots(degree);
      int bits = 0;
      while (std::size_t{1} << bits < degree) ++bits;
      const std::uint64_t root = root_of_unity(modulus, degree);
      for (std::size_t i = 0; i < degree; ++i) {
        std::size_t reversed = 0;
        for (int bit = 0; bit < bits; ++bit) reversed |= (i >> bit & 1U) << (bits - 1 - bit);
        roots[i] = modulus.balanced(modulus.power(root, reversed));
      }
      auto x = start;
      auto twin = start;
      ntt.forward(x);
      scalar::forward(twin.data(), degree, roots.data(), modulus.p);
      ASSERT_EQ(residues(modulus, x), residues(modulus, twin));
      for (const double value : x) ASSERT_LE(2 * std::abs(value), modulus.p + 2);
      ntt.inverse(x);
      ASSERT_EQ(residues(modulus, x), residues(modulus, start));
      ntt.inverse(twin, 7);
      std::vector<double> seven(degree);
      multiply_residues(modulus, start, 7, seven);
      ASSERT_EQ(residues(modulus, twin), residues(modulus, seven));
    }
  });
}

TEST(Ntt, ElementwiseKernels) {
  on_every_target([] {
    const Modulus modulus(lattice_primes(1)[0]);
    std::mt19937_64 random(3);
    const auto a = random_residues(modulus, 64, random);
    const auto b = random_residues(modulus, 64, random);
    auto sum = random_residues(modulus, 64, random);
    const auto before = sum;
    std::vector<double> product(64), scaled(64);
    multiply_residues(modulus, a, b, product);
    multiply_residues(modulus, a, std::uint64_t{12345}, scaled);
    multiply_add_residues(modulus, a, b, sum);
    auto twice = sum;
    add_residues(modulus, a, twice);
    for (std::size_t i = 0; i < 64; ++i) {
      const std::uint64_t expected = modulus.multiply(modulus.residue(a[i]), modulus.residue(b[i]));
      ASSERT_EQ(modulus.residue(product[i]), expected);
      ASSERT_EQ(modulus.residue(scaled[i]), modulus.multiply(modulus.residue(a[i]), 12345));
      ASSERT_EQ(modulus.residue(sum[i]), (expected + modulus.residue(before[i])) % modulus.value);
      ASSERT_EQ(modulus.residue(twice[i]), (modulus.residue(sum[i]) + modulus.residue(a[i])) % modulus.value);
      ASSERT_LE(2 * std::abs(twice[i]), modulus.p + 2);
    }
  });
}

TEST(Ntt, SumsOfProducts) {
  on_every_target([] {
    const Modulus modulus(lattice_primes(1)[0]);
    std::mt19937_64 random(4);
    for (const std::size_t terms : {0, 1, 7, 8, 9, 40}) {
      std::vector<std::vector<double>> a, b;
      std::vector<const double*> as, bs;
      auto sum = random_residues(modulus, 64, random);
      std::vector<std::uint64_t> expected = residues(modulus, sum);
      for (std::size_t t = 0; t < terms; ++t) {
        a.push_back(random_residues(modulus, 64, random));
        b.push_back(random_residues(modulus, 64, random));
        // Sums that grow in one direction: 16 of them leave what a double holds.
        a[t][0] = a[t][1] = 1;
        b[t][0] = modulus.balanced(modulus.value / 2);
        b[t][1] = modulus.balanced(modulus.value / 2 + 1);
        for (std::size_t i = 0; i < 64; ++i) {
          const std::uint64_t product = modulus.multiply(modulus.residue(a[t][i]), modulus.residue(b[t][i]));
          expected[i] = (expected[i] + product) % modulus.value;
        }
      }
      for (std::size_t t = 0; t < terms; ++t) {
        as.push_back(a[t].data());
        bs.push_back(b[t].data());
      }
      add_products(modulus, as, bs, sum);
      ASSERT_EQ(residues(modulus, sum), expected);
      for (const double value : sum) ASSERT_LE(2 * std::abs(value), modulus.p + 2);
    }
  });
}

}  // namespace
}  // namespace privquant
