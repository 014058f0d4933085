#include "cli/training_display.h"

#include <fmt/core.h>

#include <atomic>
#include <csignal>

#include "quant/checkpoint.h"

namespace privquant {

namespace {

// A handler has no other way to tell of its signal.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> interrupted = false;

void on_interrupt(int signal) {
  interrupted = true;
  std::signal(signal, SIG_DFL);
}

/// `done`: the fraction that `seconds` went into; a stage that is resumed does not begin with nothing.
std::string describe(const StageProgress& progress, double seconds, double done) {
  std::string text = progress.stage;
  if (progress.loss > 0)
    text += fmt::format(", loss {:.4f}, accuracy {:.2f} %", progress.loss, 100 * progress.accuracy);
  if (done > 0.02) {
    const double left = seconds / done * (1 - progress.fraction);
    text += left < 90 ? fmt::format(", {:.0f} s left", left) : fmt::format(", {:.0f} min left", left / 60);
  }
  return text;
}

}  // namespace

TrainingDisplay::TrainingDisplay() {
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
}

TrainingDisplay::~TrainingDisplay() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool TrainingDisplay::show(const StageProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    begin_ = now;
    begin_fraction_ = progress.fraction;
    tenth_ = static_cast<int>(progress.fraction * 10);
  }
  const std::string text = describe(progress, std::chrono::duration<double>(now - begin_).count(),
                                    progress.fraction - begin_fraction_);
  line_.show(progress.fraction, text);
  const int tenth = static_cast<int>(progress.fraction * 10);
  if (progress.loss > 0 && tenth > tenth_) {
    tenth_ = tenth;
    line_.clear();
    fmt::print(stderr, "{:3.0f} %  {}\n", 100 * progress.fraction, text);
  }
  return !interrupted;
}

int TrainingDisplay::report_interrupt(bool resumable) {
  fmt::print(stderr, "{}\n",
             resumable ? "interrupted; the same command with --resume goes on"
                       : "interrupted before there was anything to keep; begin anew");
  return 130;
}

void TrainingDisplay::note_resume(const std::filesystem::path& output) {
  const std::filesystem::path checkpoint = checkpoint_path(output);
  std::error_code ignored;
  if (!std::filesystem::exists(checkpoint, ignored))
    fmt::print(stderr, "note: there is no checkpoint {}, so that the work begins anew\n",
               checkpoint.string());
}

}  // namespace privquant
