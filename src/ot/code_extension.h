// Passive OT extension from symmetric keys: IKNP for k = 1, KK13 for k = 2..8.
//
// Functionality  random 1-of-2^k OT (random_ot.h).
// Construction   Ishai, Kilian, Nissim, Petrank (CRYPTO 2003) with the repetition code for k = 1; Kolesnikov,
//                Kumaresan (ePrint 2013/491) with a binary code of distance 128 for k > 1: the simplex code
//                of 2^k − 1 bits, each bit repeated 128/2^(k−1) times, so 192, 224, 240, 248, 252, 254, 255
//                columns for k = 2..8 (KK13 use the Walsh-Hadamard code of 256). The receiver's choices are
//                random, so for each of the k basis functionals one column's correction is zero by definition
//                (choice bit = t0 ⊕ t1) and is not sent.
// Cost           columns − k bits an OT (127, 190, 221, 236, 243, 246, 247, 247), counted in whole groups of
//                128 OTs; 1 round, from the receiver.
// Security       semi-honest; the PRG, and correlation robustness of the hash for offsets of 128 secret bits.
#pragma once

#include <memory>
#include <vector>

#include "crypto/prg.h"
#include "ot/base_ot.h"
#include "ot/random_ot.h"

namespace privquant {

inline constexpr int max_choice_bits = 8;
/// Base OTs that serve one direction for every k: as many as the longest code has columns.
inline constexpr std::size_t base_ots_per_direction = 255;

/// Which column carries which linear functional of the choice.
struct OtCode {
  int choice_bits;
  std::size_t copies() const { return std::size_t{128} >> (choice_bits - 1); }
  std::size_t columns() const { return ((std::size_t{1} << choice_bits) - 1) * copies(); }
  /// The functional's mask m: the codeword bit of choice r is the parity of r & m.
  unsigned functional(std::size_t column) const { return static_cast<unsigned>(column / copies()) + 1; }
  /// The bit of the row that the column becomes. For k > 1 the functionals without the choice's top bit fill
  /// the row's low half, so that two choices share every offset of that half.
  std::size_t row_bit(std::size_t column) const { return choice_bits == 1 ? column : column + copies(); }
  /// The first column of a basis functional: its correction defines the choice and is not sent.
  bool defines_choice(std::size_t column) const;
  /// Bytes on the wire for `count` OTs.
  std::size_t wire_bytes(std::size_t count) const;
};

/// `seeds`: of each column's pair the one that `choices` (the secret s, one byte a bit) selected.
std::unique_ptr<RandomOtSender> make_code_sender(int choice_bits, std::span<const Block> seeds,
                                                 std::span<const std::uint8_t> choices);
std::unique_ptr<RandomOtReceiver> make_code_receiver(int choice_bits, std::span<const SeedPair> seeds);

}  // namespace privquant
