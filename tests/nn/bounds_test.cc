#include "nn/bounds.h"

#include <gtest/gtest.h>

#include "nn/executor.h"
#include "nn/test_model.h"

namespace privquant {
namespace {

TEST(SignedBits, IsTheSmallestWidth) {
  EXPECT_EQ(signed_bits({0, 0}), 1);
  EXPECT_EQ(signed_bits({-1, 0}), 1);
  EXPECT_EQ(signed_bits({0, 1}), 2);
  EXPECT_EQ(signed_bits({-128, 127}), 8);
  EXPECT_EQ(signed_bits({-129, 0}), 9);
  EXPECT_EQ(signed_bits({0, 128}), 9);
  EXPECT_EQ(signed_bits({INT64_MIN, INT64_MAX}), 64);
}

/// 1×1 convolution of one unsigned 4-bit channel pair.
ModelMaker two_channel_conv(std::vector<std::int16_t> weights, std::int64_t bias, int pad) {
  ModelMaker maker({2, 1, 1}, unsigned_type(4));
  Conv2d conv;
  conv.window.pad_left = pad;
  conv.weight_type = signed_type(8, -4);
  maker.add(conv, {0}, signed_type(64), LayerWeights{std::move(weights), {bias}});
  return maker;
}

TEST(Reachable, TakesTheSignOfEachWeight) {
  const ModelMaker maker = two_channel_conv({3, -5}, 7, 0);
  EXPECT_EQ(reachable(maker.model)[1].front(), (Interval{7 - 75, 7 + 45}));
}

TEST(Reachable, IsAttained) {
  std::mt19937_64 generator(4);
  for (int turn = 0; turn < 50; ++turn) {
    ModelMaker maker({5, 1, 1}, signed_type(4));
    const LayerWeights layer{random_weights(5, 6, generator), {11}};
    maker.add(Linear{1, signed_type(6)}, {0}, signed_type(64), layer);
    const Interval bound = reachable(maker.model)[1].front();
    IntegerTensor low{signed_type(4), {5, 1, 1}, {}};
    IntegerTensor high = low;
    for (const std::int16_t weight : layer.weights) {
      low.values.push_back(weight > 0 ? -8 : 7);
      high.values.push_back(weight > 0 ? 7 : -8);
    }
    EXPECT_EQ(run_plaintext(maker.model, low).values[0], bound.low);
    EXPECT_EQ(run_plaintext(maker.model, high).values[0], bound.high);
  }
}

TEST(Reachable, PaddingContributesZero) {
  // A channel that never is 0 (Clip 3…9) can be 0 where the window pads.
  for (const int pad : {0, 1}) {
    ModelMaker maker({1, 1, 1}, unsigned_type(4));
    const NodeId clip = maker.add(Clip{3, 9}, {0}, unsigned_type(4));
    Conv2d conv;
    conv.window.pad_left = pad;
    conv.weight_type = signed_type(4);
    maker.add(conv, {clip}, signed_type(64), LayerWeights{{2}, {1}});
    EXPECT_EQ(reachable(maker.model)[2].front(), (Interval{pad == 0 ? 7 : 1, 19}));
  }
}

TEST(Reachable, FollowsChannelsThroughGroupsFlattenAndConcat) {
  ModelMaker maker({2, 1, 2}, unsigned_type(2));
  Conv2d depthwise;
  depthwise.out_channels = 2;
  depthwise.groups = 2;
  depthwise.weight_type = signed_type(4);
  const NodeId conv = maker.add(depthwise, {0}, signed_type(64), LayerWeights{{1, -2}, {0, 5}});
  const NodeId both = maker.add(Concat{}, {conv, conv}, signed_type(64));
  maker.add(Flatten{}, {both}, signed_type(64));
  const auto bounds = reachable(maker.model);
  const Interval first{0, 3};
  const Interval second{-1, 5};
  EXPECT_EQ(bounds[1], (std::vector<Interval>{first, second}));
  EXPECT_EQ(bounds[2], (std::vector<Interval>{first, second, first, second}));
  EXPECT_EQ(bounds[3], (std::vector<Interval>{first, first, second, second, first, first, second, second}));
}

TEST(Reachable, PaddedChannelsAreZero) {
  ModelMaker maker({2, 1, 1}, signed_type(3));
  maker.add(PadChannels{2, 1}, {0}, signed_type(3));
  const Interval zero{0, 0};
  const Interval any{-4, 3};
  EXPECT_EQ(reachable(maker.model)[1], (std::vector<Interval>{zero, zero, any, any, zero}));
}

TEST(Reachable, NamesTheLayerThatNeedsMoreThan64Bits) {
  ModelMaker maker({2, 1, 1}, signed_type(63));
  maker.add(Linear{1, signed_type(8)}, {0}, signed_type(64), LayerWeights{{100, 100}, {0}});
  expect_error(ErrorCode::model, {"node1", "64 bits"}, [&] { reachable(maker.model); });
  expect_error(ErrorCode::model, {"node1", "64 bits"}, [&] { set_accumulator_widths(maker.model); });
}

TEST(AccumulatorWidths, AreTheSmallestThatHoldEverything) {
  ModelMaker maker = two_channel_conv({3, -5}, 7, 0);  // −68 … 52
  set_accumulator_widths(maker.model);
  EXPECT_EQ(maker.model.graph.output().type, signed_type(8, -4));
  EXPECT_NO_THROW(validate(maker.model));
  maker.model.graph.nodes[1].type.bits = 7;
  expect_error(ErrorCode::model, {"node1", "8 bits"}, [&] { validate(maker.model); });
}

TEST(AccumulatorWidths, KeepRoomForTheRoundingConstant) {
  // 120 fits 8 bits; with 2^3 for a shift by 4 it needs 9.
  ModelMaker maker = two_channel_conv({8, 0}, 0, 0);
  maker.add(Requantise{}, {1}, unsigned_type(4, 0));
  EXPECT_EQ(rounding_room(maker.model.graph)[1], 8);
  set_accumulator_widths(maker.model);
  EXPECT_EQ(maker.model.graph.nodes[1].type.bits, 9);
  maker.model.graph.nodes[1].type.bits = 8;
  expect_error(ErrorCode::model, {"node1", "9 bits"}, [&] { validate(maker.model); });
}

TEST(AccumulatorWidths, KeepThatRoomBehindMaxPoolToo) {
  ModelMaker maker = two_channel_conv({8, 0}, 0, 0);
  const NodeId pool = maker.add(MaxPool{}, {1}, signed_type(64));
  maker.add(Requantise{}, {pool}, unsigned_type(4, 0));
  set_accumulator_widths(maker.model);
  EXPECT_EQ(maker.model.graph.nodes[1].type.bits, 9);
  EXPECT_EQ(maker.model.graph.nodes[2].type.bits, 9);
  EXPECT_NO_THROW(validate(maker.model));
}

TEST(AccumulatorWidths, SumsOfUnsignedTensorsStayUnsigned) {
  ModelMaker maker({1, 2, 2}, unsigned_type(4));
  const NodeId doubled = maker.add(Add{}, {0, 0}, unsigned_type(63));
  maker.add(AvgPool{{2, 2, 1, 1, 1, 1, 0, 0, 0, 0}, 2}, {doubled}, signed_type(64));
  set_accumulator_widths(maker.model);
  EXPECT_EQ(maker.model.graph.nodes[1].type, unsigned_type(5));
  EXPECT_EQ(maker.model.graph.nodes[2].type, unsigned_type(7, -2));
  EXPECT_NO_THROW(validate(maker.model));
}

TEST(AccumulatorWidths, RefuseAModelThatIsWrongElsewhere) {
  ModelMaker maker = two_channel_conv({3, -5}, 7, 0);
  maker.model.weights[1]->weights.pop_back();
  expect_error(ErrorCode::model, {"node1", "weights"}, [&] { set_accumulator_widths(maker.model); });
}

}  // namespace
}  // namespace privquant
