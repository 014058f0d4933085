#include "lattice/modulus.h"

#include "base/error.h"

namespace privquant {
namespace {

// Miller–Rabin with the first twelve primes as bases is exact below 3·10^24.
bool is_prime(std::uint64_t n) {
  const Modulus modulus(n);
  std::uint64_t odd = n - 1;
  int twos = 0;
  for (; odd % 2 == 0; odd /= 2) ++twos;
  for (const std::uint64_t base : {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}) {
    std::uint64_t x = modulus.power(base, odd);
    bool passes = x == 1 || x == n - 1;
    for (int i = 1; i < twos && !passes; ++i) {
      x = modulus.multiply(x, x);
      passes = x == n - 1;
    }
    if (!passes) return false;
  }
  return true;
}

}  // namespace

std::uint64_t Modulus::power(std::uint64_t base, std::uint64_t exponent) const {
  std::uint64_t result = 1;
  for (std::uint64_t square = base % value; exponent != 0; exponent /= 2, square = multiply(square, square)) {
    if (exponent % 2 == 1) result = multiply(result, square);
  }
  return result;
}

std::vector<std::uint64_t> lattice_primes(std::size_t count) {
  std::vector<std::uint64_t> primes;
  constexpr std::uint64_t step = 16384;
  for (std::uint64_t n = (std::uint64_t{1} << 50) - step + 1; primes.size() < count; n -= step) {
    if (is_prime(n)) primes.push_back(n);
  }
  return primes;
}

std::uint64_t root_of_unity(const Modulus& modulus, std::size_t degree) {
  PQ_CHECK((modulus.value - 1) % (2 * degree) == 0);
  for (std::uint64_t x = 2;; ++x) {
    const std::uint64_t root = modulus.power(x, (modulus.value - 1) / (2 * degree));
    if (modulus.power(root, degree) == modulus.value - 1) return root;
  }
}

}  // namespace privquant
