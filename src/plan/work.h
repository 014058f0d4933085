// What takes time, and how long a unit of it takes on a machine.
#pragma once

#include <array>
#include <string_view>

namespace privquant {

/// Units of their own.
enum class WorkKind {
  base_ot,          ///< a base OT, of the set-up
  short_ot,         ///< a random 1-of-2 OT that IKNP extends
  wide_ot,          ///< a random 1-of-2^k OT with k ≥ 2 that KK13 extends
  triple,           ///< a bit triple made of 1-of-2^k OTs, or a pair of them, beyond its OTs
  softspoken2_cot,  ///< a random COT that SoftSpoken makes
  softspoken4_cot,
  softspoken8_cot,
  ferret_cot,         ///< a random COT of Ferret's trees
  packed_cot,         ///< a random COT that is packed with others into a 1-of-2^k OT
  triple_half,        ///< a random COT that is hashed to one party's half of a triple, or of a pair
  seed_pads,          ///< a 1-of-2 OT that is drawn: its two pads
  pad,                ///< a pad of a drawn 1-of-2^k OT of KK13: 2^k of them an OT
  packed_pad,         ///< the same of one that was packed from COTs
  convolution_byte,   ///< a byte that a convolution sends: expanded, added, packed
  byte,               ///< a byte that another step sends
  product,            ///< a multiply-accumulate of the server on its own share
  value,              ///< a value that goes into a step
  lattice_butterfly,  ///< of a number-theoretic transform
  lattice_residue,    ///< a coefficient modulo one prime that is touched once, in what lattices prepare
  round,              ///< a message that the other party waits for, beyond the link's delay
};
inline constexpr std::size_t work_kinds = static_cast<std::size_t>(WorkKind::round) + 1;

/// "base_ot", "short_ot", …
std::string_view name_of(WorkKind kind);

/// Units of work, or seconds a unit: by kind.
class ByWorkKind {
 public:
  double& operator[](WorkKind kind) { return values_.at(static_cast<std::size_t>(kind)); }
  double operator[](WorkKind kind) const { return values_.at(static_cast<std::size_t>(kind)); }
  ByWorkKind& operator+=(const ByWorkKind& more);
  /// Σ of products: work · seconds a unit.
  double operator*(const ByWorkKind& other) const;

 private:
  std::array<double, work_kinds> values_{};
};
using Work = ByWorkKind;
using Calibration = ByWorkKind;

/// Measured on two cores of an AMD EPYC (Zen 4), two processes, TLS on loopback.
Calibration default_calibration();

}  // namespace privquant
