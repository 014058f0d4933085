// What the fuzzers share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace privquant {

/// Calls f on hostile input. To throw an Error with one of the `answers` is right; what else leaves f is a
/// finding.
template <typename F>
void expect_answer(std::initializer_list<ErrorCode> answers, F&& f) {
  try {
    f();
  } catch (const Error& error) {
    if (std::find(answers.begin(), answers.end(), error.code()) == answers.end()) throw;
  }
}

inline Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace privquant
