// The best changes of one or two layers are those that trying all of them finds.
#include "search/promising_changes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "random_problem.h"

namespace privquant {
namespace {

std::vector<Change> by_trying_all(const SearchProblem& problem, const PriceModel& model, const Selection& now,
                                  double room) {
  std::vector<Change> singles;
  for (std::size_t layer = 0; layer < now.size(); ++layer) {
    const std::vector<double>& sensitivity = problem.sensitivity[layer];
    for (std::size_t i = 0; i < sensitivity.size(); ++i) {
      if (i != now[layer]) singles.push_back({sensitivity[i] - sensitivity[now[layer]], layer, i, layer, i});
    }
  }
  std::vector<Change> all = singles;
  for (const Change& one : singles) {
    for (const Change& two : singles) {
      if (one.layer < two.layer)
        all.push_back({one.rise + two.rise, one.layer, one.candidate, two.layer, two.candidate});
    }
  }
  std::erase_if(all, [&](const Change& change) {
    return change.rise >= 0 || model(changed(now, change)) > model(now) + room;
  });
  std::sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return a.key() < b.key(); });
  return all;
}

class PromisingChanges : public testing::TestWithParam<Neighbourhood> {};

TEST_P(PromisingChanges, AreTheBestOfAll) {
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomProblem random(seed, GetParam());
    const SearchProblem& problem = random.problem();
    ExactPrice exact(problem);
    const PriceModel model = sample_prices(problem, exact);
    Selection now;
    for (std::size_t layer = 0; layer < problem.candidates.size(); ++layer)
      now.push_back((seed + layer) % problem.candidates[layer].size());
    for (const double room : {-50.0, 0.0, 40.0, 1e6}) {
      const std::vector<Change> all = by_trying_all(problem, model, now, room);
      found += all.size();
      for (const std::size_t most : {std::size_t{0}, std::size_t{1}, std::size_t{7}, all.size() + 1}) {
        const std::vector<Change> best = promising_changes(problem, model, now, room, most);
        ASSERT_EQ(best.size(), std::min(most, all.size())) << seed << ' ' << room;
        for (std::size_t i = 0; i < best.size(); ++i)
          EXPECT_EQ(best[i].key(), all[i].key()) << seed << ' ' << i;
      }
    }
  }
  EXPECT_GT(found, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Neighbourhoods, PromisingChanges,
                         testing::Values(Neighbourhood::chain, Neighbourhood::residual));

}  // namespace
}  // namespace privquant
