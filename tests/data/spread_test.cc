#include "data/spread.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace privquant {
namespace {

TEST(Spread, IsInOrderWithoutRepetitionsWithinTheSet) {
  for (const std::size_t size : {1, 2, 7, 100, 1000}) {
    for (const std::size_t count : {0, 1, 2, 6, 7, 99, 100, 5000}) {
      const std::vector<std::size_t> indices = spread(size, count);
      ASSERT_EQ(indices.size(), std::min(size, count));
      const std::set<std::size_t> different(indices.begin(), indices.end());
      EXPECT_EQ(different.size(), indices.size());
      EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
      if (!indices.empty()) {
        EXPECT_LT(indices.back(), size);
      }
    }
  }
}

TEST(Spread, MeetsEveryClassWhetherClassesAlternateOrAreSorted) {
  std::map<std::size_t, int> alternating;
  std::map<std::size_t, int> sorted;
  for (const std::size_t index : spread(5120, 512)) {
    ++alternating[index % 10];
    ++sorted[index / 512];
  }
  ASSERT_EQ(alternating.size(), 10U);
  ASSERT_EQ(sorted.size(), 10U);
  for (const auto& [label, pictures] : alternating) EXPECT_NEAR(pictures, 51, 3) << label;
  for (const auto& [label, pictures] : sorted) EXPECT_NEAR(pictures, 51, 1) << label;
}

}  // namespace
}  // namespace privquant
