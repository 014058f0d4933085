// Ferret: silent random correlated OT, a fifth of a bit each, from learning parity with noise (LPN).
//
// Functionality  random COT (random_cot.h).
// Construction   a round starts from k + t·d random COTs. The first k are a secret s: rows q_s = t_s ⊕ s·Δ. The
//                others become t vectors of 2^d COTs with one choice set each, e (correlated_tree.h). Row i of
//                the round is e_i plus ten rows of the secret (lpn_kernels.h): choices are A·s ⊕ e, which looks
//                random. A round's last trees start the next one, of its own set or of the next larger;
//                SoftSpoken (k = 8) starts the first, with the small set, and makes all rows where few are
//                wanted. Trees grow as rows are asked for. ferret_schedule.h decides.
// Cost           16·d bytes a tree from the sender: 4 bits a COT with the small set, 1.25 with the medium one,
//                0.2 with the large one; to start, 15 bits for each of 39,168 COTs from the receiver. 1 round,
//                2 where SoftSpoken runs.
// Source         Yang, Weng, Lan, Zhang, Wang, "Ferret" (CCS 2020, ePrint 2020/924); trees of ePrint 2022/1431.
// Security       semi-honest; LPN with regular noise (parameters and attacks: docs/ot.md), and the trees'
//                assumption. There is no check against a party that deviates.
#pragma once

#include <memory>

#include "crypto/prg.h"
#include "ot/ferret_schedule.h"
#include "ot/random_cot.h"

namespace privquant {

/// `start`: SoftSpoken of depth ferret_softspoken_depth. `public_key`: random, the same for both parties, of this
/// session and direction only. `random` must outlive the sender. `threads`: how many expand.
std::unique_ptr<RandomCotSender> make_ferret_sender(std::unique_ptr<RandomCotSender> start, Block public_key,
                                                    Prg& random, unsigned threads = 1);
std::unique_ptr<RandomCotReceiver> make_ferret_receiver(std::unique_ptr<RandomCotReceiver> start,
                                                        Block public_key, unsigned threads = 1);

}  // namespace privquant
