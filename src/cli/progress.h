// One line on a terminal that says how far the work is; silent elsewhere.
#pragma once

#include <chrono>
#include <string_view>

namespace privquant {

class ProgressLine {
 public:
  /// Writes to stderr, if that is a terminal.
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `fraction` 0..1. Draws a few times a second at most.
  void show(double fraction, std::string_view text);
  /// Before anything else is printed.
  void clear();

 private:
  bool enabled_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace privquant
