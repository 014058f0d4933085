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

// A set of `classes` classes of like size, in turn or one after the other.
void expect_all_classes(std::size_t size, std::size_t count, std::size_t classes) {
  std::map<std::size_t, double> alternating;
  std::map<std::size_t, double> sorted;
  for (const std::size_t index : spread(size, count)) {
    ++alternating[index % classes];
    ++sorted[index * classes / size];
  }
  const double fair = static_cast<double>(count) / static_cast<double>(classes);
  for (std::size_t label = 0; label < classes; ++label) {
    // Of parts of one or two pictures, little can be chosen.
    EXPECT_GT(alternating[label], (size < 4 * count ? 0.5 : 0.9) * fair)
        << label << " of " << size << " pictures";
    EXPECT_NEAR(sorted[label], fair, 1.5) << label << " of " << size << " pictures";
  }
}

TEST(Spread, MeetsEveryClassWhetherClassesAlternateOrAreSorted) {
  expect_all_classes(50000, 512, 10);
  expect_all_classes(5120, 512, 10);
  expect_all_classes(1280, 512, 10);
  expect_all_classes(960, 512, 10);
  expect_all_classes(640, 512, 10);
  expect_all_classes(640, 256, 10);
  expect_all_classes(768, 512, 3);
}

}  // namespace
}  // namespace privquant
