// Linear layers whose cryptography is done before the input exists. Read mpc/lattice_layer.h first.
//
// Functionality  prepare:  ⟨W·ρ⟩ in Z_{2^l}, ρ to the client <- W of the server; ρ is uniform.
//                online:   ⟨W·x⟩ <- (W of the server, ⟨x⟩ in Z_{2^l}, what was prepared).
// Construction   prepare: the client encrypts ρ, the server answers with Σ w·c, freshly encrypted, masked
//                and flooded (docs/lattice.md). Online: the client sends x1 − ρ; the server's share is
//                W·(x0 + x1 − ρ) + its share of W·ρ.
// Cost           plan_lattice_layer(): question and answer; online l bits a value of x, to the byte.
// Rounds         prepare 2, for any number of layers together; online 1.
// Source         Cheetah (ePrint 2022/207); masked linear layers: Delphi (ePrint 2020/050).
// Security       RLWE for the client's ρ; RLWE and a statistical 2^-41 an inference for W. What is prepared
//                serves one input: masked_linear() takes it by value and wipes it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "lattice/answer.h"
#include "mpc/lattice_layer.h"
#include "ot/party.h"
#include "ring/tensor.h"

namespace privquant {

/// This party's keys of a session; the client's secret never leaves it.
class LatticeKeys {
 public:
  /// The client draws secrets and sends keys, the server receives them.
  LatticeKeys(Party& party, const LatticeKeyDemand& demand);

  const ClientKey& client(LatticeSet set) const;
  const ServerKeys& server(LatticeSet set) const;

 private:
  std::array<std::optional<ClientKey>, 2> client_;
  std::array<std::optional<ServerKeys>, 2> server_;
};

/// What serves one input. ρ is empty at the server.
struct PreparedLinear {
  RingTensor rho;
  RingTensor share;  ///< this party's of W·ρ
};

struct MaskedLayer {
  LatticeLayer layer;
  LatticePlan plan;
  std::span<const std::int16_t>
      weights;  ///< [out][in / groups][row][column]: the server's, empty for the client
};

/// The server's work runs on up to `threads` threads (0: one a core).
/// @throws Error(model) if weights exceed what their layer says of them.
std::vector<PreparedLinear> prepare_masked_linears(Party& party, const LatticeKeys& keys,
                                                   std::span<const MaskedLayer> layers, unsigned threads = 1);

/// This party's share of W·x.
RingTensor masked_linear(Party& party, const LatticeLayer& layer, std::span<const std::int16_t> weights,
                         PreparedLinear prepared, const RingTensor& x);

}  // namespace privquant
