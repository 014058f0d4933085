// What Ferret does next: a pure function of what was asked for so far. Both parties and the cost function follow
// it, so that the price of a preparation is exact to the byte (ferret.h says what a round is).
#pragma once

#include <cstddef>
#include <cstdint>

namespace privquant {

/// A parameter set of learning parity with noise: rows = A·secret + noise, A with ten ones a row, one error in
/// each tree's 2^tree_depth rows. docs/ot.md states the attacks on each,
/// and tools/lpn_security.py counts them.
struct LpnSet {
  int log_secret;
  int tree_depth;
  std::size_t trees;

  constexpr std::size_t secret() const { return std::size_t{1} << log_secret; }
  constexpr std::size_t leaves() const { return std::size_t{1} << tree_depth; }
  /// COTs that a round starts from: the secret, and one for each level of each tree.
  constexpr std::size_t base_rows() const { return secret() + trees * static_cast<std::size_t>(tree_depth); }
  /// Trees that give as many rows.
  constexpr std::size_t trees_for(std::size_t rows) const { return (rows + leaves() - 1) / leaves(); }
  constexpr std::size_t tree_bytes() const { return 16 * static_cast<std::size_t>(tree_depth); }
};

inline constexpr LpnSet lpn_small{15, 8, 800};     // 204,800 rows; 39,168 to start
inline constexpr LpnSet lpn_medium{17, 10, 1400};  // 1,433,600 rows; 145,072 to start
inline constexpr LpnSet lpn_large{20, 13, 2048};   // 16,777,216 rows; 1,075,200 to start

/// What a round starts from is held while it lasts: the most that this takes, in bytes.
inline constexpr std::size_t ferret_table_bytes =
    16 * lpn_large.trees_for(lpn_large.base_rows()) * lpn_large.leaves();

/// Depth of the SoftSpoken trees that Ferret starts from: the fewest bytes.
inline constexpr int ferret_softspoken_depth = 8;

/// Climbs from SoftSpoken through the sets. Each makes rows for fewer bytes than the one before, which must pay
/// for the first round of it. It climbs as soon as that price is saved by what is asked for now, or was
/// overspent since the last climb: whatever is asked for later, at most about twice the bytes of the best
/// choice are sent.
class FerretSchedule {
 public:
  /// Random COTs to take from SoftSpoken: to hand out as they are, or to start the first round.
  struct Start {
    std::size_t direct = 0;
    std::size_t base = 0;
  };
  /// `trees` trees of the current round; their rows are handed out, or start the next round.
  struct Step {
    std::size_t trees = 0;
    bool starts_round = false;
  };

  /// Rows that are left over from earlier calls, ready to be handed out.
  std::size_t spare() const { return spare_; }
  /// The current round's set; null before the first one.
  const LpnSet* set() const;
  /// The first tree of the next step, counted from the round's start.
  std::size_t first_tree() const { return set()->trees - trees_left_; }

  /// Calls of take() and next() that follow ask for `count` rows in all.
  Start announce(std::size_t count);
  /// Hands out spare rows: how many of `count`.
  std::size_t take(std::size_t count);
  /// The next step while `count` > 0 rows are wanted and none is spare.
  Step next(std::size_t count);

 private:
  void climb_for(std::size_t rows);
  void begin_round(std::size_t level);

  // 0 is SoftSpoken, then come the sets.
  std::size_t level_ = 0;
  std::size_t goal_ = 0;       // the level to climb to, once the current round has trees enough
  std::size_t overspent_ = 0;  // since the goal rose, against the level after it, as price() counts
  std::size_t trees_left_ = 0;
  std::size_t spare_ = 0;
  std::size_t wanted_ = 0;  // of what was announced, not yet handed out
};

/// What `count` rows take, and the schedule after them.
struct FerretWork {
  std::size_t receiver_bytes = 0;   ///< sent first, at the announcement
  std::size_t sender_bytes = 0;     ///< then, as rows are made
  std::size_t softspoken_cots = 0;  ///< made by SoftSpoken
  std::size_t tree_cots = 0;        ///< made by trees, those that start another round included
};
FerretWork ferret_work(FerretSchedule& schedule, std::size_t count);

}  // namespace privquant
