// Elements of Z_q, q = p_1⋯p_n, as fractions x/q of one turn, in 128 bits, and back.
//
// With digits d_i = x·(q/p_i)^-1 mod p_i, x/q = Σ d_i/p_i modulo 1 (Chinese remainders). The sum of the
// d_i/p_i, each rounded down, is less than 2n·2^-128 too small; in 192 bits, less than 2n·2^-192.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "lattice/modulus.h"

namespace privquant {

class Fractions {
 public:
  explicit Fractions(std::span<const std::uint64_t> primes);

  std::size_t primes() const { return parts_.size(); }
  /// (q/p_i)^-1 mod p_i: the inverse transform multiplies by it for nothing.
  std::uint64_t digit_scale(std::size_t i) const { return parts_[i].digit_scale; }

  /// d_i/p_i in units of 2^-128 of a digit in [0, p_i).
  Word128 of_digit(std::size_t i, std::uint64_t digit) const { return fine_digit(i, digit).high; }

  /// A fraction in units of 2^-192.
  struct Fine {
    Word128 high;
    std::uint64_t low;
    void operator+=(const Fine& more) {
      low += more.low;
      high += more.high + (low < more.low ? 1 : 0);
    }
  };
  /// d_i/p_i, finer.
  Fine fine_digit(std::size_t i, std::uint64_t digit) const { return multiple(parts_[i].reciprocal, digit); }
  /// random/2^128 of 1/q: between one element's fraction and the next.
  Fine between(Word128 random) const {
    Fine result = multiple(unit_, static_cast<std::uint64_t>(random >> 64));
    const Fine further = multiple(unit_, static_cast<std::uint64_t>(random));
    result += {further.high >> 64, static_cast<std::uint64_t>(further.high)};
    return result;
  }

  /// The nearest integer to fraction · q / 2^bits for a fraction in units of 2^-bits, bits ≤ 128: its
  /// residue modulo p_i for each i. Exact: q·fraction + 2^(bits−1) = 2^bits·result + rest, and q vanishes
  /// modulo p_i.
  class ToResidues {
   public:
    ToResidues(const Fractions& fractions, int bits);
    std::uint64_t residue(std::size_t i, Word128 fraction) const;

   private:
    struct Factors {
      std::uint64_t half;  ///< 2^(bits−1) · 2^-bits
      ConstantFactor high, low;
    };
    const Fractions& fractions_;
    int bits_;
    std::vector<Factors> factors_;
  };

 private:
  /// In units of 2^-256, low word first.
  using Finest = std::array<std::uint64_t, 4>;

  struct Part {
    Modulus modulus;
    std::uint64_t digit_scale;
    Finest reciprocal;  ///< ⌊2^256/p⌋
  };

  static Fine multiple(const Finest& fraction, std::uint64_t factor) {
    Word128 carry = Word128{factor} * fraction[0] >> 64;
    carry += Word128{factor} * fraction[1];
    const auto low = static_cast<std::uint64_t>(carry);
    carry = (carry >> 64) + Word128{factor} * fraction[2];
    const std::uint64_t high = factor * fraction[3] + static_cast<std::uint64_t>(carry >> 64);
    return {Word128{high} << 64 | static_cast<std::uint64_t>(carry), low};
  }

  std::vector<Part> parts_;
  Finest unit_{};        ///< ⌊2^192/q⌋: 2^-64/q
  Word128 product_ = 1;  ///< q mod 2^128
};

}  // namespace privquant
