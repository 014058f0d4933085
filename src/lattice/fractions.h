// Elements of Z_q, q = p_1⋯p_n, as fractions x/q of one turn, in 128 bits, and back.
//
// With digits d_i = x·(q/p_i)^-1 mod p_i, x/q = Σ d_i/p_i modulo 1 (Chinese remainders). The sum of the
// d_i/p_i, each rounded down, is less than 2n·2^-128 too small.
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
  Word128 of_digit(std::size_t i, std::uint64_t digit) const {
    const Part& part = parts_[i];
    const Word128 low = Word128{digit} * part.reciprocal[0];
    const Word128 middle = Word128{digit} * part.reciprocal[1] + (low >> 64);
    const std::uint64_t high = digit * part.reciprocal[2] + static_cast<std::uint64_t>(middle >> 64);
    return Word128{high} << 64 | static_cast<std::uint64_t>(middle);
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
  struct Part {
    Modulus modulus;
    std::uint64_t digit_scale;
    std::array<std::uint64_t, 3> reciprocal;  ///< ⌊2^192/p⌋, low word first
  };
  std::vector<Part> parts_;
  Word128 product_ = 1;  ///< q mod 2^128
};

}  // namespace privquant
