// Arithmetic modulo one prime p < 2^50, and the primes themselves.
//
// Residues live in doubles: integers below 2^53 are exact there, and fused multiply-add gives both halves
// of a product. A residue is `balanced` if |x| ≤ p/2 (+1), which is what the kernels of ntt.h leave behind.
#pragma once

#include <cstdint>
#include <vector>

namespace privquant {

__extension__ using Word128 = unsigned __int128;

struct Modulus {
  explicit Modulus(std::uint64_t prime)
      : value(prime),
        p(static_cast<double>(prime)),
        inverse(1.0 / static_cast<double>(prime)),
        barrett(static_cast<std::uint64_t>((Word128{1} << 100) / prime)) {}

  std::uint64_t value;
  double p;
  double inverse;         ///< 1/p, rounded
  std::uint64_t barrett;  ///< ⌊2^100/p⌋

  /// Of residues in [0, p), without a branch or a division: with 2^37 < p < 2^50 the quotient is at most 2
  /// too small.
  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    const Word128 product = Word128{a} * b;
    const auto quotient = static_cast<std::uint64_t>((product >> 36) * barrett >> 64);
    const auto rest = static_cast<std::uint64_t>(product) - quotient * value;
    return less_if_above(less_if_above(rest));
  }
  /// x, or x − p if x ≥ p; x < 2^63.
  std::uint64_t less_if_above(std::uint64_t x) const {
    const std::uint64_t less = x - value;
    return less + (value & (std::uint64_t{0} - (less >> 63)));
  }
  std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;
  /// Of a nonzero residue.
  std::uint64_t invert(std::uint64_t a) const { return power(a, value - 2); }
  /// The residue in [0, p) of any integer.
  std::uint64_t reduce(std::int64_t x) const {
    const std::int64_t rest = x % static_cast<std::int64_t>(value);
    return static_cast<std::uint64_t>(rest + ((rest >> 63) & static_cast<std::int64_t>(value)));
  }
  /// The same of a double that holds an integer with |x| < p.
  std::uint64_t residue(double x) const {
    const auto whole = static_cast<std::int64_t>(x);
    return static_cast<std::uint64_t>(whole + ((whole >> 63) & static_cast<std::int64_t>(value)));
  }
  /// The balanced residue of x in [0, p).
  double balanced(std::uint64_t x) const {
    const std::int64_t whole = static_cast<std::int64_t>(x);
    const std::int64_t above = (static_cast<std::int64_t>(value / 2) - whole) >> 63;
    return static_cast<double>(whole - (above & static_cast<std::int64_t>(value)));
  }
};

/// A constant c with ⌊c·2^64/p⌋: c·x mod p for any 64-bit x, without division (Shoup).
struct ConstantFactor {
  ConstantFactor(const Modulus& modulus, std::uint64_t constant)
      : factor(constant),
        quotient(static_cast<std::uint64_t>((Word128{constant} << 64) / modulus.value)),
        prime(modulus.value) {}

  std::uint64_t factor;
  std::uint64_t quotient;
  std::uint64_t prime;

  /// In [0, 2p).
  std::uint64_t times_lazy(std::uint64_t x) const {
    return factor * x - static_cast<std::uint64_t>(Word128{quotient} * x >> 64) * prime;
  }
  /// In [0, p), without a branch.
  std::uint64_t times(std::uint64_t x) const {
    const std::uint64_t lazy = times_lazy(x);
    const std::uint64_t less = lazy - prime;
    return less + (prime & (std::uint64_t{0} - (less >> 63)));
  }
};

/// The `count` greatest primes below 2^50 that are 1 modulo 16384, greatest first: every ring of degree up to
/// 8192 has its roots of unity there.
std::vector<std::uint64_t> lattice_primes(std::size_t count);

/// An element of order 2 · degree (a power of two) modulo p, the same at every call.
std::uint64_t root_of_unity(const Modulus& modulus, std::size_t degree);

}  // namespace privquant
