// Products of matrices that the server knows with shared matrices; the bits of the server's entries choose.
//
// Functionality  ⟨W·x⟩ in Z_{2^l} <- (W of the server: integers of w bits, ⟨x⟩ in Z_{2^l}), several in a row.
// Construction   W·x = W·x0, by the server alone, + W·x1. For every entry of W and every bit i of it one OT
//                whose choice is that bit (the top one counts −2^(w−1)): the client sends
//                p0 ± x1[k, ·] − p1 mod 2^(l−i), a whole row of x1; the server adds 2^i·(p_b + b·message),
//                the client subtracts 2^i·p0. Bits from l on vanish.
// Cost           per entry and bit one random OT (the client sends), one choice correction, columns·(l − i)
//                bits.
// Rounds         2 for all products together: the corrections of all go first.
// Source         PrivQuant (arXiv 2410.09531, section 4); the bit decomposition is SecureML's (ePrint
//                2017/396) with SiRNN's shrinking messages (arXiv 2105.04236).
// Security       semi-honest; COT with pads stretched by AES.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// `groups` independent products (rows × inner)·(inner × columns); no size is zero.
struct MatrixProductSize {
  std::size_t groups;
  std::size_t rows;
  std::size_t inner;
  std::size_t columns;
  Width ring;
  int weight_bits;  ///< may exceed the ring's

  std::size_t weights() const { return groups * rows * inner; }
  int driver_bits() const { return weight_bits < ring.bits() ? weight_bits : ring.bits(); }
};

class MatrixProducts {
 public:
  /// `weights`: the server's entries of all products, [group][row][inner] each, one product after the other;
  /// empty for the client. Sends, or receives, all corrections.
  MatrixProducts(Party& party, std::vector<MatrixProductSize> sizes, SecretVector<std::int16_t> weights);

  /// This party's share of the next product, [group][row][column], from its share of x,
  /// [group][inner][column].
  RingTensor next(const RingTensor& x);

 private:
  void choose();
  void add_own_product(const MatrixProductSize& size, const RingTensor& x, RingTensor& sum) const;
  void receive(const MatrixProductSize& size, RingTensor& sum);
  void send(const MatrixProductSize& size, const RingTensor& x, RingTensor& sum);

  Party& party_;
  std::vector<MatrixProductSize> sizes_;
  SecretVector<std::int16_t> weights_;
  SeedPadsReceiver seeds_;  // the server's
  RingTensor corrections_;  // the client's
  std::size_t product_ = 0;
  std::size_t weight_ = 0;  // entries before it are done
  std::size_t ot_ = 0;
};

void cost_matrix_products(Cost& cost, const std::vector<MatrixProductSize>& sizes);

}  // namespace privquant
