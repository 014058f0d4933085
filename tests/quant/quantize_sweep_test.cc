// quantize() for several bounds in one run.
#include <map>

#include "base/error.h"
#include "nn/model_file.h"
#include "nn/test_model.h"
#include "quantize_fixture.h"

namespace privquant {
namespace {

TEST_F(QuantizeTest, ASweepWritesAModelForEachBudgetAndTighterOnesSendLess) {
  options_.bounds = {{Bound::Kind::fraction, 1.0, {}, "1"}, {Bound::Kind::fraction, 0.5, {}, "0.5"}};
  options_.epochs = 1;
  const QuantizeResult result = quantize(model_, options_);
  ASSERT_EQ(result.networks.size(), 2U);
  EXPECT_GT(result.networks[0].bytes, result.networks[1].bytes);
  for (const char* name : {"small-1.pqm", "small-0.5.pqm"})
    EXPECT_NO_THROW(load_model(folder_.path() / name)) << name;
}

TEST_F(QuantizeTest, ABoundBeginsWithTheWeightsOfTheOneBefore) {
  // The same widths twice: what the first has learned is where the second begins.
  options_.bounds = {{Bound::Kind::none, 0, {2, 2}, "first"}, {Bound::Kind::none, 0, {2, 2}, "second"}};
  options_.epochs = 3;
  options_.learning_rate = 0.05;
  std::map<std::string, std::vector<double>> losses;
  QuantizeHooks hooks;
  hooks.progress = [&](const StageProgress& progress) {
    if (progress.loss > 0) losses[progress.stage].push_back(progress.loss);
    return true;
  };
  quantize(model_, options_, hooks);
  const std::vector<double>& first = losses.at("first: training");
  const std::vector<double>& second = losses.at("second: training");
  EXPECT_LT(first.back(), 0.7 * first.front());
  EXPECT_LT(second.front(), 0.5 * (first.front() + first.back()));
}

TEST_F(QuantizeTest, ASweepThatWasInterruptedAnywhereIsTheSameAsInOneGo) {
  options_.bounds = {{Bound::Kind::none, 0, {4, 4}, "w4a4"}, {Bound::Kind::none, 0, {3, 3}, "w3a3"}};
  options_.exponent_rate = 0.02;
  const auto files = [&] {
    return std::pair(contents(folder_.path() / "small-w4a4.pqm"),
                     contents(folder_.path() / "small-w3a3.pqm"));
  };
  const QuantizeResult in_one_go = quantize(model_, options_);
  const auto whole = files();
  for (const char* name : {"small-w4a4.pqm", "small-w3a3.pqm"})
    std::filesystem::remove(folder_.path() / name);
  QuantizeResult result;
  int rounds = 0;
  for (bool done = false; !done; ++rounds) {
    ASSERT_LT(rounds, 40);
    int batches = 0;
    QuantizeHooks hooks;
    hooks.progress = [&](const StageProgress& progress) { return progress.loss == 0 || ++batches < 6; };
    result = quantize(model_, options_, hooks);
    done = !result.interrupted;
    options_.resume = true;
  }
  EXPECT_GT(rounds, 4);
  EXPECT_EQ(files(), whole);
  ASSERT_EQ(result.networks.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(result.networks[i].accuracy, in_one_go.networks[i].accuracy);
    EXPECT_EQ(result.networks[i].bytes, in_one_go.networks[i].bytes);
  }
}

TEST_F(QuantizeTest, ABoundThatCannotBeReachedIsFoundBeforeAnyTraining) {
  options_.bounds = {{Bound::Kind::fraction, 1.0, {}, "1"}, {Bound::Kind::fraction, 0.01, {}, "0.01"}};
  QuantizeHooks hooks;
  bool trained = false;
  hooks.progress = [&](const StageProgress& progress) {
    trained = trained || progress.loss > 0;
    return true;
  };
  hooks.finished = [](const QuantizeResult&) { ADD_FAILURE() << "nothing was finished"; };
  expect_error(ErrorCode::usage, {"0.01: ", "cheapest"}, [&] { quantize(model_, options_, hooks); });
  EXPECT_FALSE(trained);
  for (const char* name : {"small-1.pqm", "small-0.01.pqm"})
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / name)) << name;
}

TEST_F(QuantizeTest, WhatIsFinishedIsHeardThoughALaterBoundFails) {
  options_.bounds = {{Bound::Kind::none, 0, {8, 8}, "w8a8"}, {Bound::Kind::none, 0, {2, 2}, "w2a2"}};
  options_.epochs = 0;
  const QuantizeResult whole = quantize(model_, options_);
  ASSERT_GT(whole.networks[0].accuracy, whole.networks[1].accuracy);
  for (const char* name : {"small-w8a8.pqm", "small-w2a2.pqm"})
    std::filesystem::remove(folder_.path() / name);
  options_.least_accuracy = *whole.networks[0].accuracy;
  std::vector<std::string> heard;
  QuantizeHooks hooks;
  hooks.finished = [&](const QuantizeResult& result) {
    EXPECT_FALSE(result.interrupted);
    for (const QuantizedNetwork& network : result.networks) heard.push_back(network.bound.name);
  };
  expect_error(ErrorCode::usage, {"w2a2: ", "less than"}, [&] { quantize(model_, options_, hooks); });
  EXPECT_EQ(heard, std::vector<std::string>{"w8a8"});
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "small-w8a8.pqm"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "small-w2a2.pqm"));
}

TEST_F(QuantizeTest, ABoundGivenTwiceIsRefused) {
  options_.bounds = {{Bound::Kind::fraction, 0.5, {}, "0.5"}, {Bound::Kind::fraction, 0.5, {}, "0.5"}};
  QuantizeHooks hooks;
  hooks.progress = [](const StageProgress& progress) {
    ADD_FAILURE() << progress.stage;
    return true;
  };
  expect_error(ErrorCode::usage, {"0.5", "twice"}, [&] { quantize(model_, options_, hooks); });
}

}  // namespace
}  // namespace privquant
