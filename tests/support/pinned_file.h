// Text that must stay as a file under tests/ has it: whoever changes it on purpose sees the difference.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace privquant {

/// `file` lies under tests/. With PRIVQUANT_PIN in the environment it is written anew and the test skipped. To be
/// called last.
inline void expect_pinned(const std::string& file, const std::string& now) {
  const std::string path = std::string(PRIVQUANT_SOURCE_DIR) + "/tests/" + file;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it
  if (std::getenv("PRIVQUANT_PIN") != nullptr) {
    std::ofstream(path) << now;
    GTEST_SKIP() << "pinned anew; look at the difference before you commit it";
  }
  std::ostringstream pinned;
  pinned << std::ifstream(path).rdbuf();
  EXPECT_EQ(now, pinned.str());
}

}  // namespace privquant
