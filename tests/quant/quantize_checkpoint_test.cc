// quantize() interrupted, resumed, without room, and what its checkpoint is for.
#include <fstream>

#include "base/error.h"
#include "nn/test_model.h"
#include "quant/checkpoint.h"
#include "quantize_fixture.h"
#include "support/file_size_limit.h"

namespace privquant {
namespace {

TEST_F(QuantizeTest, InterruptedAndResumedIsTheSameAsInOneGo) {
  quantize(model_, options_);
  const std::string whole = contents(options_.output);
  options_.output = folder_.path() / "resumed.pqm";
  int rounds = 0;
  for (bool done = false; !done; ++rounds) {
    ASSERT_LT(rounds, 20);
    int epochs = 0;
    QuantizeHooks hooks;
    hooks.progress = [&](const StageProgress& progress) {
      // Lets one epoch pass, and stops within the next.
      if (progress.loss > 0) ++epochs;
      return epochs < 6;
    };
    done = !quantize(model_, options_, hooks).interrupted;
    options_.resume = true;
  }
  EXPECT_GT(rounds, 2);
  EXPECT_EQ(contents(options_.output), whole);
}

TEST_F(QuantizeTest, WithoutRoomTheLastCheckpointStays) {
  quantize(model_, options_);
  const std::string whole = contents(options_.output);
  options_.output = folder_.path() / "again.pqm";
  const std::filesystem::path checkpoint = options_.output.string() + ".checkpoint";
  QuantizeHooks hooks;
  hooks.progress = [&](const StageProgress&) { return !std::filesystem::exists(checkpoint); };
  ASSERT_TRUE(quantize(model_, options_, hooks).interrupted);
  const std::string kept = contents(checkpoint);
  options_.resume = true;
  {
    const FileSizeLimit limit(kept.size() / 2);
    expect_error(ErrorCode::file, {checkpoint.string(), "make room"}, [&] { quantize(model_, options_); });
  }
  EXPECT_EQ(contents(checkpoint), kept);
  EXPECT_FALSE(std::filesystem::exists(options_.output));
  EXPECT_FALSE(quantize(model_, options_).interrupted);
  EXPECT_EQ(contents(options_.output), whole);
}

TEST_F(QuantizeTest, AnInterruptEndsSamplingAndSearch) {
  for (const std::string stage : {"prices", "0.5: search"}) {
    int heard = 0;
    QuantizeHooks hooks;
    hooks.progress = [&](const StageProgress& progress) {
      EXPECT_EQ(heard, 0) << "after the interrupt: " << progress.stage;
      if (progress.stage == stage) ++heard;
      return heard == 0;
    };
    EXPECT_TRUE(quantize(model_, options_, hooks).interrupted) << stage;
    EXPECT_EQ(heard, 1) << stage;
  }
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(QuantizeTest, ACheckpointOfOtherOptionsIsRefused) {
  QuantizeHooks hooks;
  int batches = 0;
  hooks.progress = [&](const StageProgress& progress) { return progress.loss == 0 || ++batches < 6; };
  ASSERT_TRUE(quantize(model_, options_, hooks).interrupted);
  options_.resume = true;
  options_.seed = 9;
  EXPECT_THROW(quantize(model_, options_), Error);
  std::ofstream(options_.output.string() + ".checkpoint") << "damaged";
  EXPECT_THROW(quantize(model_, options_), Error);
}

TEST_F(QuantizeTest, WithoutACheckpointAnInterruptCannotBeResumed) {
  QuantizeHooks hooks;
  hooks.progress = [](const StageProgress& progress) { return progress.stage != "prices"; };
  const QuantizeResult early = quantize(model_, options_, hooks);
  EXPECT_TRUE(early.interrupted);
  EXPECT_FALSE(early.resumable);
  // What another run left is not this one's.
  std::ofstream(checkpoint_path(options_.output)) << "of something else";
  EXPECT_FALSE(quantize(model_, options_, hooks).resumable);
  std::filesystem::remove(checkpoint_path(options_.output));
  int batches = 0;
  hooks.progress = [&](const StageProgress& progress) { return progress.loss == 0 || ++batches < 6; };
  EXPECT_TRUE(quantize(model_, options_, hooks).resumable);
  // Nothing new is kept, but what there was still holds.
  options_.resume = true;
  hooks.progress = [](const StageProgress& progress) { return progress.stage != "prices"; };
  EXPECT_TRUE(quantize(model_, options_, hooks).resumable);
}

TEST_F(QuantizeTest, TheCheckpointStaysUntilTheResultWasHeard) {
  QuantizeHooks hooks;
  double accuracy = 0;
  hooks.finished = [&](const QuantizeResult& result) {
    accuracy = result.networks.at(0).accuracy.value();
    EXPECT_TRUE(std::filesystem::exists(options_.output));
    fail(ErrorCode::file, "the report cannot be written");
  };
  expect_error(ErrorCode::file, {"the report"}, [&] { quantize(model_, options_, hooks); });
  const std::string model = contents(options_.output);
  ASSERT_TRUE(std::filesystem::exists(checkpoint_path(options_.output)));
  options_.resume = true;
  hooks.progress = [](const StageProgress& progress) {
    EXPECT_EQ(progress.loss, 0) << "trained again: " << progress.stage;
    return true;
  };
  int heard = 0;
  hooks.finished = [&](const QuantizeResult&) { ++heard; };
  EXPECT_EQ(quantize(model_, options_, hooks).networks.at(0).accuracy, accuracy);
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(contents(options_.output), model);
  EXPECT_FALSE(std::filesystem::exists(checkpoint_path(options_.output)));
}

}  // namespace
}  // namespace privquant
