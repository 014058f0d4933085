// Expects one clear Error that names the culprit.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace privquant {

template <typename Action>
void expect_file_error(const Action& action, const std::string& part_of_sentence) {
  try {
    action();
    ADD_FAILURE() << "no error; expected one with: " << part_of_sentence;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::file) << error.what();
    EXPECT_NE(std::string(error.what()).find(part_of_sentence), std::string::npos) << error.what();
  }
}

}  // namespace privquant
