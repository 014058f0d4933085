#include "ot/ferret_schedule.h"

#include <algorithm>

#include "base/error.h"
#include "ot/softspoken.h"

namespace privquant {
namespace {

// A round must be able to start the next one, of its own set or of the large one.
static_assert(lpn_small.trees_for(lpn_large.base_rows()) + lpn_small.trees_for(lpn_small.base_rows()) <
              lpn_small.trees);
static_assert(lpn_large.trees_for(lpn_large.base_rows()) < lpn_large.trees);

// So many rows cost fewer bytes from SoftSpoken itself than what a first round takes to start, and then its trees.
bool direct_is_less(std::size_t count) {
  return softspoken_bytes(ferret_softspoken_depth, count) <=
         softspoken_bytes(ferret_softspoken_depth, lpn_small.base_rows()) +
             lpn_small.trees_for(count) * lpn_small.tree_bytes();
}

// So many rows cost fewer bytes if the large set makes them, though small trees must start its round.
bool large_is_less(std::size_t count) {
  const std::size_t to_start = lpn_small.trees_for(lpn_large.base_rows()) * lpn_small.tree_bytes();
  return to_start + lpn_large.trees_for(count) * lpn_large.tree_bytes() <
         lpn_small.trees_for(count) * lpn_small.tree_bytes();
}

}  // namespace

FerretSchedule::Start FerretSchedule::announce(std::size_t count) {
  wanted_ = count;
  if (set_ != nullptr || count <= spare_) return {};
  const std::size_t missing = count - spare_;
  if (direct_is_less(missing)) {
    spare_ += missing;
    return {missing, 0};
  }
  begin_round(lpn_small);
  return {0, lpn_small.base_rows()};
}

std::size_t FerretSchedule::take(std::size_t count) {
  PQ_CHECK(count <= wanted_);
  const std::size_t taken = std::min(count, spare_);
  spare_ -= taken;
  wanted_ -= taken;
  return taken;
}

FerretSchedule::Step FerretSchedule::next(std::size_t count) {
  PQ_CHECK(set_ != nullptr && spare_ == 0 && count != 0 && count <= wanted_);
  const std::size_t reserve = set_->trees_for(set_->base_rows());
  const std::size_t to_large = set_->trees_for(lpn_large.base_rows());
  if (set_ == &lpn_small && large_is_less(wanted_) && trees_left_ >= to_large) {
    begin_round(lpn_large);
    return {to_large, true};
  }
  if (trees_left_ == reserve) {
    begin_round(*set_);
    return {reserve, true};
  }
  const std::size_t trees = std::min(set_->trees_for(count), trees_left_ - reserve);
  trees_left_ -= trees;
  spare_ += trees * set_->leaves();
  return {trees, false};
}

FerretWork ferret_work(FerretSchedule& schedule, std::size_t count) {
  const FerretSchedule::Start start = schedule.announce(count);
  FerretWork work;
  for (const std::size_t rows : {start.direct, start.base}) {
    work.receiver_bytes += softspoken_bytes(ferret_softspoken_depth, rows);
    work.softspoken_cots += rows;
  }
  while (count != 0) {
    count -= schedule.take(count);
    if (count == 0) break;
    const LpnSet& set = *schedule.set();  // of the step, which may begin a round of another one
    const std::size_t trees = schedule.next(count).trees;
    work.sender_bytes += trees * set.tree_bytes();
    work.tree_cots += trees * set.leaves();
  }
  return work;
}

}  // namespace privquant
