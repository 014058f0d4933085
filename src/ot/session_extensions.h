// The OT extensions of a session, both directions, from base OTs on.
//
// Functionality  random 1-of-2^k OT for k = 1 … 8 in both directions (random_ot.h).
// Construction   both send a nonce and the first message of base OTs for their own receiving direction, then the
//                points for the other. IKNP takes 255 base OTs and makes each k a code of its own; the others take
//                128, exchange punctured trees, and make all kinds from random COTs.
// Cost           cost_setup() (cost.h): 2 rounds; 3 where there are trees.
// Security       keys are bound to both nonces and the direction; see the parts.
#pragma once

#include <array>
#include <memory>

#include "base/role.h"
#include "crypto/prg.h"
#include "ot/code_extension.h"
#include "ot/ot_extension.h"
#include "ot/random_cot.h"

namespace privquant {

struct SessionExtensions {
  std::array<Block, 2> nonces;  ///< the server's, the client's; public
  /// What all kinds are made of; null with IKNP.
  std::unique_ptr<RandomCotSender> cot_sender;
  std::unique_ptr<RandomCotReceiver> cot_receiver;
  /// By k − 1.
  std::array<std::unique_ptr<RandomOtSender>, max_choice_bits> senders;
  std::array<std::unique_ptr<RandomOtReceiver>, max_choice_bits> receivers;
};

/// Together with the peer, who must ask for the same extension. `random` must outlive the result. `threads`: how
/// many expand SoftSpoken and Ferret and pack their rows (0: one per core).
/// @throws Error(peer) on invalid points.
SessionExtensions set_up_extensions(Channel& channel, Role role, Prg& random, OtExtension extension,
                                    unsigned threads);

}  // namespace privquant
