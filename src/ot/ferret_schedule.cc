#include "ot/ferret_schedule.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "ot/softspoken.h"

namespace privquant {
namespace {

constexpr std::array sets{&lpn_small, &lpn_medium, &lpn_large};
constexpr std::size_t top = sets.size();  // level 0 is SoftSpoken

const LpnSet& set_of(std::size_t level) { return *sets[level - 1]; }

// Trees at a round's end that start the next one.
constexpr std::size_t reserve(const LpnSet& set) { return set.trees_for(set.base_rows()); }

// A round must be able to start the next one, of its own set or of the one after.
static_assert(lpn_small.trees_for(lpn_medium.base_rows()) + reserve(lpn_small) < lpn_small.trees);
static_assert(lpn_medium.trees_for(lpn_large.base_rows()) + reserve(lpn_medium) < lpn_medium.trees);
static_assert(reserve(lpn_large) < lpn_large.trees);

constexpr std::size_t rate_rows = std::size_t{1} << 13;

// What so many rows of a level cost in bytes, before whole groups and trees are counted, times rate_rows.
std::size_t price_without_rounds(std::size_t level, std::size_t rows) {
  if (level == 0) return rows * softspoken_bytes(ferret_softspoken_depth, rate_rows);
  return rows * set_of(level).tree_bytes() * (rate_rows / set_of(level).leaves());
}

// The same with their part of what starts the level's next rounds.
std::size_t price(std::size_t level, std::size_t rows) {
  if (level == 0) return price_without_rounds(level, rows);
  const LpnSet& set = set_of(level);
  return price_without_rounds(level, rows) * set.trees / (set.trees - reserve(set));
}

// To start the first round of the next level.
std::size_t price_of_climbing(std::size_t level) {
  return price_without_rounds(level, set_of(level + 1).base_rows());
}

// The least price of so many rows, from this level or a higher one.
std::size_t least_price(std::size_t level, std::size_t rows) {
  const std::size_t here = price(level, rows);
  return level == top ? here : std::min(here, price_of_climbing(level) + least_price(level + 1, rows));
}

}  // namespace

const LpnSet* FerretSchedule::set() const { return level_ == 0 ? nullptr : &set_of(level_); }

void FerretSchedule::climb_for(std::size_t rows) {
  while (goal_ < top &&
         overspent_ + price(goal_, rows) > price_of_climbing(goal_) + least_price(goal_ + 1, rows)) {
    ++goal_;
    overspent_ = 0;
  }
  if (goal_ < top) overspent_ += price(goal_, rows) - price(goal_ + 1, rows);
}

void FerretSchedule::begin_round(std::size_t level) {
  level_ = level;
  trees_left_ = set_of(level).trees;
}

FerretSchedule::Start FerretSchedule::announce(std::size_t count) {
  wanted_ = count;
  if (count <= spare_) return {};
  const std::size_t missing = count - spare_;
  climb_for(missing);
  if (goal_ == 0) {
    spare_ += missing;
    return {missing, 0};
  }
  if (level_ != 0) return {};
  begin_round(1);
  return {0, set()->base_rows()};
}

std::size_t FerretSchedule::take(std::size_t count) {
  PQ_CHECK(count <= wanted_);
  const std::size_t taken = std::min(count, spare_);
  spare_ -= taken;
  wanted_ -= taken;
  return taken;
}

FerretSchedule::Step FerretSchedule::next(std::size_t count) {
  PQ_CHECK(level_ != 0 && spare_ == 0 && count != 0 && count <= wanted_);
  const LpnSet& current = *set();
  if (level_ < goal_) {
    const std::size_t to_climb = current.trees_for(set_of(level_ + 1).base_rows());
    if (trees_left_ >= to_climb) {
      begin_round(level_ + 1);
      return {to_climb, true};
    }
  }
  const std::size_t kept = reserve(current);
  if (trees_left_ == kept) {
    begin_round(level_);
    return {kept, true};
  }
  const std::size_t trees = std::min(current.trees_for(count), trees_left_ - kept);
  trees_left_ -= trees;
  spare_ += trees * current.leaves();
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
