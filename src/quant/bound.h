// What a quantised network may cost, as its user says it.
#pragma once

#include <string>

#include "search/bit_search.h"

namespace privquant {

struct Bound {
  enum class Kind {
    fraction,  ///< of the bytes that linear layers send at 8-bit weights and activations
    bytes,
    seconds,
    none,  ///< `uniform` says the widths
  };
  Kind kind = Kind::fraction;
  double most = 1;
  LayerWidths uniform;  ///< of all layers but the first and the last, which have 8 bits
  std::string name;     ///< "0.37", "w4a6": for reports and file names
};

}  // namespace privquant
