// The linear code of Ferret, compiled per instruction set.
//
// Functionality  rows[i] ⊕= the sum of ten rows of the secret, the same ten for both parties.
// Construction   a 10-local linear code: the places are words of the stream AES_K(0), AES_K(1), … under a public
//                K, row i of the session taking words 10i … 10i + 9, of each as many bits as the secret's size
//                has.
// Cost           2.5 AES calls and 10 loads from a table of secret() · 16 bytes.
// Source         Yang, Weng, Lan, Zhang, Wang, "Ferret" (ePrint 2020/924), section 5.1.
// Security       learning parity with noise for this code. Places are public.
#pragma once

#include <span>

#include "crypto/block.h"

namespace privquant {

/// secret.size() is a power of two from 16 to 2^28; `first_row` is rows.front()'s number, a multiple of 32.
void add_code_words(Block key, std::uint64_t first_row, std::span<const Block> secret, std::span<Block> rows);

}  // namespace privquant
