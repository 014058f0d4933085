// How a comparison splits its numbers into digits: public, chosen by the least bits on the wire, and by the
// levels of its tree where rounds have a price.
//
// A digit of d bits costs one random 1-of-2^d OT, d bits and (2^d − 1)·outputs bits; merging two neighbours
// costs a single AND gate where one bit is wanted of the lower one, a pair of gates where both are. With
// digits of up to 4 bits the least is CrypTFlow2's split: full digits, the remainder on top.
#pragma once

#include <cstddef>
#include <vector>

#include "ot/protocol_choices.h"

namespace privquant {

/// What a digit or a node of the comparison's tree knows about its part of the numbers.
enum class Outputs { less, equal, both };

struct Digit {
  int shift;
  int bits;
  Outputs outputs;
  bool operator==(const Digit&) const = default;
};

/// Digits of the bits [begin, end) of each of `elements` numbers, lowest first; `lowest` is what the lowest
/// digit gives, `upper` the others.
std::vector<Digit> split_into_digits(const ProtocolChoices& choices, std::size_t elements, int begin, int end,
                                     Outputs lowest, Outputs upper);

/// Levels of the tree that merges so many digits.
int tree_levels(std::size_t digits);

}  // namespace privquant
