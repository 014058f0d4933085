// OTs of the stock that are promised to lookups whose choices left ahead: a mask that has been used must meet no other
// choice, so that whatever else draws must not get them.
#pragma once

#include <cstdint>
#include <deque>

#include "base/error.h"

namespace privquant {

enum class OtUse { fresh, claimed };

/// Of one kind of OT and one direction, by their numbers in the session.
class ClaimedOts {
 public:
  /// Claims come in the order of their numbers.
  void claim(std::uint64_t first, std::uint64_t count) {
    if (count == 0) return;
    PQ_CHECK(claims_.empty() || first >= claims_.back().end);
    claims_.push_back({first, first + count});
  }

  /// What is drawn must be claimed, or not, as its use says.
  void draw(std::uint64_t first, std::uint64_t count, OtUse use) {
    if (count == 0) return;
    if (use == OtUse::fresh) {
      PQ_CHECK(claims_.empty() || first + count <= claims_.front().begin);
      return;
    }
    PQ_CHECK(!claims_.empty() && first == claims_.front().begin && first + count <= claims_.front().end);
    claims_.front().begin += count;
    if (claims_.front().begin == claims_.front().end) claims_.pop_front();
  }

 private:
  struct Claim {
    std::uint64_t begin, end;
  };
  std::deque<Claim> claims_;
};

}  // namespace privquant
