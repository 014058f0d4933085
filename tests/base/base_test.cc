#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/parallel_for.h"

namespace privquant {
namespace {

TEST(ParallelFor, CoversEveryIndexOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
    std::vector<std::atomic<int>> seen(count);
    parallel_for(
        count, 1,
        [&](std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) ++seen[i];
        },
        4);
    for (const auto& times : seen) EXPECT_EQ(times, 1);
  }
}

TEST(ThreadCount, IsWhatIsAskedForOrOnePerCore) {
  EXPECT_EQ(thread_count(1), 1U);
  EXPECT_EQ(thread_count(7), 7U);
  EXPECT_GE(thread_count(0), 1U);
}

TEST(ParallelFor, ThrowsWhatABodyThrew) {
  EXPECT_THROW(parallel_for(
                   100, 1,
                   [](std::size_t begin, std::size_t) {
                     if (begin > 0) fail(ErrorCode::model, "no");
                   },
                   4),
               Error);
}

TEST(Error, ACheckNamesTheConditionButNotTheBuildFolder) {
  try {
    PQ_CHECK(1 == 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_NE(std::string(error.what()).find("1 == 2"), std::string::npos);
  }
}

TEST(SecretVector, IsAlignedForVectors) {
  for (const std::size_t size : {1U, 100U, 5000U}) {
    SecretVector<std::uint8_t> bytes(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64, 0U);
  }
}

}  // namespace
}  // namespace privquant
