// Packing to exactly l bits a value: the wire format of every message. Value i takes bits
// [i·l, (i+1)·l) of the little-endian bit string; the last byte is filled with zeros.
#pragma once

#include "ring/tensor.h"

namespace privquant {

/// Writes width.packed_bytes(count) bytes of `values[begin, begin + count)` to `out`.
/// Chunks whose counts are multiples of 8 may be concatenated.
void pack(const RingTensor& values, std::size_t begin, std::size_t count, MutableBytes out);

/// The inverse; every value is reduced whatever the bytes hold.
void unpack(Bytes packed, RingTensor& values, std::size_t begin, std::size_t count);

/// The same for values that sit in words of `word_bytes`, wider than they need: bits above the width are
/// zero. `words` holds count · word_bytes bytes.
void pack_words(Bytes words, std::size_t word_bytes, Width width, MutableBytes out);
void unpack_words(Bytes packed, Width width, std::size_t word_bytes, MutableBytes words);

}  // namespace privquant
