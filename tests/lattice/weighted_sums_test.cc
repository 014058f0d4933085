#include "lattice/weighted_sums.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "base/error.h"
#include "support/every_target.h"

namespace privquant {
namespace {

// Shifted residues at their ends, weights at the most that is summed: exact on every instruction set, for numbers of outputs that
// the kernel takes together and apart.
TEST(WeightedSums, AreExactAtTheirBounds) {
  on_every_target([] {
    const Modulus modulus(lattice_primes(2)[1]);
    constexpr std::size_t n = 32, terms = 64, shifts = 9;
    std::mt19937_64 random(1);
    std::vector<std::vector<std::uint64_t>> values(terms, std::vector<std::uint64_t>(n));
    std::vector<HalvedResidues> halved;
    for (std::size_t t = 0; t < terms; ++t) {
      std::vector<double> residues(n);
      for (std::size_t i = 0; i < n; ++i) {
        // The greatest high halves and the greatest low ones, of both signs, and random values.
        constexpr std::uint64_t most = (std::uint64_t{1} << 49) - (1 << 25) + (1 << 24) - 1;
        const std::array<std::uint64_t, 5> ends{modulus.value / 2, modulus.value / 2 + 1, most,
                                                modulus.value - most, random() % modulus.value};
        values[t][i] = ends[i % ends.size()];
        residues[i] = modulus.balanced(values[t][i]);
      }
      halved.emplace_back(residues, shifts);
    }
    for (const std::size_t outputs : {1, 3, 4, 6}) {
      std::vector<std::int64_t> weights(outputs * terms);
      for (std::size_t i = 0; i < weights.size(); ++i) {
        const std::int64_t most = (1 << 24) / static_cast<std::int64_t>(terms) - 1;
        weights[i] = i / terms == 0   ? most
                     : i / terms == 1 ? -most
                                      : static_cast<std::int64_t>(random() % (2 * most)) - most;
      }
      const std::vector<double> exact(weights.begin(), weights.end());
      std::vector<double> low(outputs * n), high(outputs * n);
      for (const std::size_t which : {0, 1}) {
        std::vector<const double*> places;
        for (std::size_t t = 0; t < terms; ++t) places.push_back(halved[t].half(which) + t % (shifts + 1));
        weighted_sums(places, exact, n, which == 0 ? low : high);
      }
      join_halves(modulus, low, high);
      for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t k = 0; k < n; ++k) {
          std::uint64_t expected = 0;
          for (std::size_t t = 0; t < terms; ++t) {
            const std::size_t from = k + t % (shifts + 1);
            const std::uint64_t value =
                from < n ? values[t][from] : (modulus.value - values[t][from - n]) % modulus.value;
            expected =
                (expected + modulus.multiply(modulus.reduce(weights[o * terms + t]), value)) % modulus.value;
          }
          ASSERT_EQ(modulus.residue(low[o * n + k]), expected) << "output " << o << ", " << k;
          ASSERT_LE(2 * std::abs(low[o * n + k]), modulus.p + 2);
        }
      }
    }
  });
}

TEST(WeightedSums, RefusesWhatDoesNotFitTogether) {
  const std::vector<double> values(32), weights(3);
  const std::vector<const double*> two{values.data(), values.data()};
  std::vector<double> sums(32);
  EXPECT_THROW(weighted_sums(two, weights, 32, sums), Error);
  EXPECT_THROW(weighted_sums(two, std::vector<double>(4), 16, std::span(sums).first(16)), Error);
  EXPECT_THROW(HalvedResidues(values, 33), Error);
}

}  // namespace
}  // namespace privquant
