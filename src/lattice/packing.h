// Merging the second halves of sparse answers into one.
//
// Functionality  (k0, k1) in R_q'^2 <- c1_0, c1_1, … in R_q of at most r ciphertexts (c0_i, c1_i): if Σ is
//                the sum of X^i times the coefficients of c0_i at exponents divisible by r, then Σ + k0 +
//                k1·s has there, at exponent i + r·j, the phase of ciphertext i at r·j, with an error of (r
//                − 1)·S + … / q' (noise.h).
// Construction   log2 r levels of automorphism and key switching, (outputs − 1) switches in all.
// Source         Chen, Dai, Kim, Song (ePrint 2020/015); key switching with one special prime as in ePrint
//                2012/099.
// Security       computed from what was simulatable before and from the client's own keys: adds nothing to
//                the view.
#pragma once

#include <vector>

#include "lattice/keys.h"

namespace privquant {

/// What remains of a polynomial modulo q when its last prime is divided out: round(x / p_n) modulo q'.
/// Coefficients, not transformed.
RnsPolynomial drop_last_prime(const LatticeRing& ring, const RnsPolynomial& x);

struct PackedHalves {
  RnsPolynomial first, second;  ///< k0, k1 modulo q', coefficients
};

/// `seconds`: 1 to r polynomials modulo q', coefficients; r ≥ 2.
PackedHalves pack_answers(const ServerKeys& keys, std::size_t r, std::vector<RnsPolynomial> seconds);

}  // namespace privquant
