// Why a node cannot be converted: caught where all problems are collected, in import.cc, and nowhere else.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace privquant {

class Problem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "why; what to do instead".
template <typename... Arguments>
[[noreturn]] void cannot_import(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  throw Problem(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace privquant
