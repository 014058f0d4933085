// EXPECT_ERROR(statement, code, part): throws Error of that code with that part in its sentence.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

#define EXPECT_ERROR(statement, expected, part)                                            \
  try {                                                                                    \
    statement;                                                                             \
    ADD_FAILURE() << "no error";                                                           \
  } catch (const ::privquant::Error& error) {                                              \
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(expected)) << error.what(); \
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();    \
  }
