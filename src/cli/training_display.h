// What commands that train show while they work, and how they are interrupted.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "cli/progress.h"
#include "quant/stage_progress.h"

namespace privquant {

/// A line on a terminal; and a line that stays for each tenth of a stage of training. While it lives, the first
/// interrupt asks for an end, the second one ends the process.
class TrainingDisplay {
 public:
  TrainingDisplay();
  ~TrainingDisplay();
  TrainingDisplay(const TrainingDisplay&) = delete;
  TrainingDisplay& operator=(const TrainingDisplay&) = delete;

  /// False if the work should end.
  bool show(const StageProgress& progress);
  void clear() { line_.clear(); }

  /// Says how to go on, if there is a checkpoint to go on from; returns the exit status.
  static int report_interrupt(bool resumable);
  /// Of --resume, before the work: says so if there is no checkpoint beside the output.
  static void note_resume(const std::filesystem::path& output);

 private:
  ProgressLine line_;
  std::string stage_;
  std::chrono::steady_clock::time_point begin_;
  double begin_fraction_ = 0;
  int tenth_ = 0;
};

}  // namespace privquant
