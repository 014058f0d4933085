#include "quant/quantize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/error.h"
#include "data/picture.h"
#include "data/temporary_folder.h"
#include "nn/model_file.h"
#include "nn/test_model.h"
#include "quant/integer_accuracy.h"
#include "small_real_model.h"
#include "support/file_size_limit.h"

namespace privquant {
namespace {

class QuantizeTest : public testing::Test {
 protected:
  QuantizeTest() {
    at::set_num_threads(1);
    model_ = small_real_model();
    torch::manual_seed(3);
    options_.training_pictures = write_bars(folder_, "train", 400);
    options_.test_pictures = write_bars(folder_, "test", 200);
    options_.output = folder_.path() / "small.pqm";
    options_.threads = 1;
    options_.epochs = 4;
    options_.largest_shift = 0;
    options_.bounds = {{Bound::Kind::fraction, 0.5, {}, "0.5"}};
  }

  static double predicted(const QuantizedNetwork& network) {
    double sum = 0;
    for (const LayerRow& row : network.layers) sum += row.sensitivity;
    return sum;
  }

  TemporaryFolder folder_;
  RealModel model_;
  QuantizeOptions options_;
};

TEST_F(QuantizeTest, KeepsTheBoundAndTheAccuracy) {
  const QuantizeResult result = quantize(model_, options_);
  ASSERT_EQ(result.networks.size(), 1U);
  const QuantizedNetwork& network = result.networks[0];
  EXPECT_GT(result.real_accuracy, 0.95);
  ASSERT_TRUE(network.accuracy);
  EXPECT_GT(*network.accuracy, *result.real_accuracy - 0.05);
  EXPECT_EQ(network.widths.front(), (LayerWidths{8, 8}));
  EXPECT_EQ(network.widths.back(), (LayerWidths{8, 8}));
  const Model model = load_model(options_.output);
  EXPECT_EQ(integer_accuracy(model, *open_dataset(options_.test_pictures, 1), 1), network.accuracy);
  EXPECT_EQ(static_cast<std::uint64_t>(price_of(model.graph, {})), network.bytes);
  PriceOptions linear;
  linear.unit = PriceUnit::linear_bytes;
  const PostTraining rounded(model_, bars(200).values, {});
  const double whole = price_of(rounded.model_at(NetworkWidths(4, {8, 8})).graph, linear);
  EXPECT_LE(price_of(model.graph, linear), 0.51 * whole);
  EXPECT_FALSE(std::filesystem::exists(options_.output.string() + ".checkpoint"));
}

TEST_F(QuantizeTest, ASweepWritesAModelForEachBudgetAndTighterOnesSendLess) {
  options_.bounds = {{Bound::Kind::fraction, 1.0, {}, "1"}, {Bound::Kind::fraction, 0.5, {}, "0.5"}};
  options_.epochs = 1;
  const QuantizeResult result = quantize(model_, options_);
  ASSERT_EQ(result.networks.size(), 2U);
  EXPECT_GT(result.networks[0].bytes, result.networks[1].bytes);
  for (const char* name : {"small-1.pqm", "small-0.5.pqm"})
    EXPECT_NO_THROW(load_model(folder_.path() / name)) << name;
}

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

TEST_F(QuantizeTest, WithoutRoomThereIsNoHalfModel) {
  options_.bounds = {{Bound::Kind::none, 0, {4, 4}, "w4a4"}};
  options_.epochs = 0;
  {
    const FileSizeLimit limit(100);
    expect_error(ErrorCode::file, {options_.output.string(), "make room"},
                 [&] { quantize(model_, options_); });
  }
  EXPECT_TRUE(std::filesystem::is_regular_file(options_.training_pictures));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
    EXPECT_EQ(entry.path().filename().string().find(".pqm"), std::string::npos) << entry.path();
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

TEST_F(QuantizeTest, AReportHasHistogramsOfEveryLayer) {
  options_.bounds = {{Bound::Kind::none, 0, {3, 4}, "w3a4"}};
  options_.epochs = 0;
  const QuantizeResult result = quantize(model_, options_);
  const std::vector<LayerHistograms>& histograms = result.networks.at(0).histograms;
  ASSERT_EQ(histograms.size(), 4U);
  EXPECT_EQ(histograms[1].name, result.networks[0].layers[1].name);
  EXPECT_EQ(histograms[1].weights.counts().size(), 8U);
  EXPECT_EQ(histograms[1].weights.total(), 4U * 8 * 9);
  EXPECT_EQ(histograms[1].inputs.counts().size(), 16U);
  EXPECT_EQ(histograms[0].inputs.total(), 16U * 64);
  EXPECT_GT(histograms[1].inputs.zeros(), 0);
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

TEST_F(QuantizeTest, WhatCannotBeReachedIsSaidAndNothingIsWritten) {
  options_.bounds = {{Bound::Kind::bytes, 1000, {}, "1kB"}};
  try {
    quantize(model_, options_);
    FAIL() << "a kilobyte was enough";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("MB"), std::string::npos) << error.what();
  }
  options_.bounds = {{Bound::Kind::none, 0, {2, 2}, "w2a2"}};
  options_.epochs = 0;
  options_.least_accuracy = 1.0;
  EXPECT_THROW(quantize(model_, options_), Error);
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(QuantizeTest, PicturesOfAnyRangeKeepTheirValues) {
  // As if the network had been trained on bytes from 0 to 255.
  model_.graph.preprocessing = {{0.0}, {1.0 / 255}};
  for (float& weight : model_.weights[1]->weights) weight /= 255;
  options_.bounds = {{Bound::Kind::none, 0, {8, 8}, "w8a8"}};
  options_.epochs = 0;
  const QuantizeResult result = quantize(model_, options_);
  EXPECT_GT(result.real_accuracy, 0.95);
  EXPECT_GT(result.networks[0].accuracy, 0.95);
}

TEST_F(QuantizeTest, ATeacherOfOtherClassesIsRefused) {
  options_.teacher = model_;
  options_.teacher->graph.preprocessing = {{0.5}, {1.0}};
  EXPECT_THROW(quantize(model_, options_), Error);
}

TEST_F(QuantizeTest, ANetworkWithoutLayersIsRefused) {
  RealModel bare = model_;
  bare.graph.nodes.resize(1);
  bare.weights.resize(1);
  EXPECT_THROW(quantize(bare, options_), Error);
}

TEST_F(QuantizeTest, AccumulatorsWiderThanFloatsAreCheckedInDoubles) {
  options_.bounds = {{Bound::Kind::none, 0, {16, 16}, "w16a16"}};
  options_.limits.most_weight_bits = options_.limits.most_input_bits = 16;
  options_.epochs = 1;
  const QuantizeResult result = quantize(model_, options_);
  EXPECT_GT(result.networks[0].accuracy, 0.9);
  const Model model = load_model(options_.output);
  EXPECT_TRUE(std::any_of(model.graph.nodes.begin(), model.graph.nodes.end(),
                          [](const Node& node) { return node.type.bits > 25; }));
}

TEST_F(QuantizeTest, WithoutTrainingTheRoundedModelIsWritten) {
  options_.epochs = 0;
  const QuantizeResult result = quantize(model_, options_);
  EXPECT_EQ(result.networks[0].accuracy, result.networks[0].post_training_accuracy);
  EXPECT_EQ(integer_accuracy(load_model(options_.output), *open_dataset(options_.test_pictures, 1), 1),
            result.networks[0].accuracy);
}

TEST_F(QuantizeTest, CutAccumulatorsLeaveMoreBitsForTheSameBytes) {
  options_.bounds = {{Bound::Kind::fraction, 0.45, {}, "0.45"}};
  options_.epochs = 0;
  const QuantizedNetwork uncut = quantize(model_, options_).networks[0];
  EXPECT_EQ(uncut.bytes_saved, 0);
  options_.limits.most_accumulator_cut = 1;
  options_.epochs = 1;
  const QuantizedNetwork cut = quantize(model_, options_).networks[0];
  EXPECT_GT(cut.bytes_saved, 0);
  EXPECT_LT(predicted(cut), predicted(uncut));
  EXPECT_GT(cut.accuracy, 0.9);
  PriceOptions linear;
  linear.unit = PriceUnit::linear_bytes;
  const PostTraining rounded(model_, bars(200).values, {});
  EXPECT_LE(price_of(load_model(options_.output).graph, linear),
            0.46 * price_of(rounded.model_at(NetworkWidths(4, {8, 8})).graph, linear));
}

TEST_F(QuantizeTest, TheOrderOfSensitivityKeepsTheBoundAndIsNoBetterThanTheProgram) {
  options_.bounds = {{Bound::Kind::bytes, 0, {}, "bytes"}};
  options_.epochs = 0;
  options_.bounds[0].most = 1e12;
  options_.bounds[0].most = 0.6 * static_cast<double>(quantize(model_, options_).networks[0].bytes);
  const QuantizedNetwork program = quantize(model_, options_).networks[0];
  options_.search = SearchMethod::order;
  const QuantizedNetwork order = quantize(model_, options_).networks[0];
  EXPECT_LE(static_cast<double>(order.bytes), options_.bounds[0].most);
  EXPECT_EQ(order.gap, 1);
  EXPECT_LE(predicted(program), predicted(order));
}

TEST_F(QuantizeTest, WhatTrainingTakesBackTheSearchTakesFromWeights) {
  options_.epochs = 1;
  const auto bits_at = [&](double recovery) {
    options_.recovery = recovery;
    int weights = 0;
    int inputs = 0;
    for (const LayerRow& row : quantize(model_, options_).networks[0].layers) {
      weights += row.widths.weight_bits;
      inputs += row.widths.input_bits;
    }
    return std::pair(weights, inputs);
  };
  const auto [weights, inputs] = bits_at(0);
  const auto [fewer, more] = bits_at(0.95);
  EXPECT_LT(fewer, weights);
  EXPECT_GT(more, inputs);
}

TEST_F(QuantizeTest, WithoutTrainingNothingIsTakenBack) {
  options_.epochs = 0;
  quantize(model_, options_);
  const std::string none = contents(options_.output);
  options_.recovery = 0.95;
  quantize(model_, options_);
  EXPECT_EQ(contents(options_.output), none);
}

TEST_F(QuantizeTest, LearnedExponentsExportExactly) {
  options_.bounds = {{Bound::Kind::none, 0, {3, 3}, "w3a3"}};
  options_.exponent_rate = 0.05;
  // check_export within: what is trained is what is written, layer by layer.
  const QuantizeResult result = quantize(model_, options_);
  EXPECT_GT(result.networks[0].accuracy, 0.8);
}

}  // namespace
}  // namespace privquant
