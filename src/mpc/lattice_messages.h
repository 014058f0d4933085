// The two messages that prepare a linear layer: a question of the client, an answer of the server
// (docs/lattice.md).
#pragma once

#include <cstdint>
#include <span>

#include "lattice/answer.h"
#include "mpc/lattice_layer.h"
#include "ring/tensor.h"

namespace privquant {

/// The seed, then for each block and each r lanes of it a polynomial's coefficients, lane by lane:
/// u bits of a fresh cell, l + u of a given one.
struct LatticeQuestion {
  WireBuffer message;  ///< plan.question_bytes
  RingTensor rho;      ///< uniform, of the input's size
};
LatticeQuestion ask_question(const ClientKey& key, const LatticeLayer& layer, const LatticePlan& plan,
                             const LatticeTiles& tiles, Prg& random);

/// For each r outputs (a channel's blocks one after the other): N coefficients of c1 of b1 bits, then b0
/// bits for each pixel of these outputs.
struct LatticeAnswer {
  WireBuffer message;  ///< plan.answer_bytes
  RingTensor share;    ///< the server's of W·ρ
};
/// How products with the weights are made: by transforms or term by term (direct_products.h), whichever is less work. The
/// answer is the same.
enum class ProductsBy { either, transforms, terms };
/// `question` has plan.question_bytes bytes; whatever they hold, an answer comes out.
LatticeAnswer answer_question(const ServerKeys& keys, const LatticeLayer& layer, const LatticePlan& plan,
                              const LatticeTiles& tiles, std::span<const std::int16_t> weights,
                              Bytes question, Prg& random, unsigned threads,
                              ProductsBy way = ProductsBy::either);

/// The client's share of W·ρ from an answer of plan.answer_bytes bytes.
RingTensor open_answer(const ClientKey& key, const LatticeLayer& layer, const LatticePlan& plan,
                       const LatticeTiles& tiles, Bytes answer);

}  // namespace privquant
