// How much memory a file may ask for while it is read.
//
// One stored tensor may be read by 10,000 operators, each of which makes another constant of it, or a layer with
// these weights. So what is decoded and computed is counted, before its memory is taken. What only gets another
// shape is shared (constant.h) and counts once.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace privquant {

/// Numbers of constants and of layers together, of 4 or 8 bytes each: a file of the greatest size holds 2^28 floats,
/// each of which becomes a weight.
inline constexpr std::uint64_t max_import_elements = std::uint64_t{1} << 29;

class ElementBudget {
 public:
  explicit ElementBudget(std::uint64_t most) : most_(most), left_(most) {}

  /// @throws Error(file) if that is more than what is left.
  void take(std::uint64_t elements) {
    if (elements > left_) {
      fail(ErrorCode::file,
           "its constants and weights come to more than {} numbers while they are read, each counted again "
           "where "
           "an operator changes it or multiplies by it; use a smaller network, or compute with constants "
           "before "
           "the export (constant folding)",
           most_);
    }
    left_ -= elements;
  }

 private:
  std::uint64_t most_, left_;
};

}  // namespace privquant
