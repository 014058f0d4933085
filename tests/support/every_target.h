// Runs a test body once per instruction set that this machine has, so that every kernel is held to the same
// scalar reference.
#pragma once

#include <hwy/targets.h>

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace privquant {

inline void on_every_target(const std::function<void()>& body) {
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t targets = supported; targets != 0; targets &= targets - 1) {
    const std::int64_t target = targets & -targets;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(supported);
}

}  // namespace privquant
