#include "quant/quantize.h"

#include <algorithm>

#include "base/error.h"
#include "nn/model_file.h"
#include "nn/test_model.h"
#include "quant/integer_accuracy.h"
#include "quant/post_training.h"
#include "quantize_fixture.h"
#include "support/file_size_limit.h"

namespace privquant {
namespace {

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
  EXPECT_EQ(integer_accuracy(model, *open_dataset(options_.test_pictures, DatasetPart::test, 1), 1),
            network.accuracy);
  EXPECT_EQ(static_cast<std::uint64_t>(price_of(model.graph, {})), network.bytes);
  PriceOptions linear;
  linear.unit = PriceUnit::linear_bytes;
  const PostTraining rounded(model_, bars(200).values, {});
  const double whole = price_of(rounded.model_at(NetworkWidths(4, {8, 8})).graph, linear);
  EXPECT_LE(price_of(model.graph, linear), 0.51 * whole);
  EXPECT_FALSE(std::filesystem::exists(options_.output.string() + ".checkpoint"));
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
  EXPECT_EQ(integer_accuracy(load_model(options_.output),
                             *open_dataset(options_.test_pictures, DatasetPart::test, 1), 1),
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

TEST_F(QuantizeTest, WhatWasNotMeasuredIsNotReportedAsZero) {
  options_.epochs = 0;
  const QuantizedNetwork searched = quantize(model_, options_).networks.at(0);
  EXPECT_TRUE(searched.gap);
  ASSERT_EQ(searched.layers.size(), 4U);
  for (const std::size_t inner : {1, 2}) EXPECT_GT(searched.layers[inner].sensitivity, 0.0);
  for (const std::size_t edge : {0, 3}) EXPECT_EQ(searched.layers[edge].sensitivity, std::nullopt);
  options_.bounds = {{Bound::Kind::none, 0, {4, 4}, "w4a4"}};
  const QuantizedNetwork uniform = quantize(model_, options_).networks.at(0);
  EXPECT_EQ(uniform.gap, std::nullopt);
  for (const LayerRow& row : uniform.layers) EXPECT_EQ(row.sensitivity, std::nullopt);
}

TEST_F(QuantizeTest, WhatHasNoQuantisedFormIsNamedBeforeAnythingIsMeasured) {
  for (const NodeId id : {2, 4}) model_.graph.nodes[id].op = Clip{-1, 1};
  QuantizeHooks hooks;
  hooks.progress = [](const StageProgress& progress) {
    ADD_FAILURE() << "measured before: " << progress.stage;
    return true;
  };
  expect_error(ErrorCode::model, {"2 problems", "relu1", "relu2", "clip from 0"},
               [&] { quantize(model_, options_, hooks); });
}

TEST_F(QuantizeTest, TwoThreadsGiveTheSameBytesTwice) {
  options_.threads = 2;
  options_.epochs = 2;
  quantize(model_, options_);
  const std::string first = contents(options_.output);
  quantize(model_, options_);
  EXPECT_EQ(contents(options_.output), first);
  EXPECT_FALSE(first.empty());
}

}  // namespace
}  // namespace privquant
