// The integer semantics of each operator, computed by hand.
#include <gtest/gtest.h>

#include "nn/bounds.h"
#include "nn/executor.h"
#include "nn/test_model.h"

namespace privquant {
namespace {

std::vector<std::int64_t> run(const ModelMaker& maker, std::vector<std::int64_t> values) {
  const Node& input = maker.model.graph.input();
  EXPECT_NO_THROW(validate(maker.model));
  return run_plaintext(maker.model, {input.type, input.shape, std::move(values)}).values;
}

using Values = std::vector<std::int64_t>;

Window window(int kernel, int stride = 1, int pad = 0) {
  return {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
}

TEST(Operators, RequantiseRoundsHalfUpAlsoBelowZero) {
  ModelMaker maker({1, 1, 9}, signed_type(8, -3));
  maker.add(Requantise{}, {0}, signed_type(8, -1));
  //  x/4: -1.75 -1.5 -1.25 -0.5 -0.25 0.25 0.5 1.5 2.5
  EXPECT_EQ(run(maker, {-7, -6, -5, -2, -1, 1, 2, 6, 10}), (Values{-2, -1, -1, 0, 0, 0, 1, 2, 3}));
}

TEST(Operators, RequantiseClipsToItsType) {
  ModelMaker maker({1, 1, 5}, signed_type(8, 0));
  maker.add(Requantise{}, {0}, signed_type(4, 1));
  EXPECT_EQ(run(maker, {-128, -17, 13, 14, 127}), (Values{-8, -8, 7, 7, 7}));
}

TEST(Operators, RequantiseToUnsignedIsRelu) {
  ModelMaker maker({1, 1, 5}, signed_type(8, 0));
  maker.add(Requantise{}, {0}, unsigned_type(4, 2));
  EXPECT_EQ(run(maker, {-128, -3, 1, 2, 127}), (Values{0, 0, 0, 1, 15}));
}

TEST(Operators, RequantiseWithoutShiftOnlyClips) {
  ModelMaker maker({1, 1, 3}, signed_type(8, 0));
  maker.add(Requantise{}, {0}, signed_type(3, 0));
  EXPECT_EQ(run(maker, {-5, 2, 4}), (Values{-4, 2, 3}));
}

TEST(Operators, RequantiseAtTheEdgeOf64BitsDoesNotOverflow) {
  ModelMaker maker({1, 1, 2}, signed_type(64, 0));
  maker.add(Requantise{}, {0}, signed_type(64, 1));
  EXPECT_EQ(run(maker, {INT64_MAX, INT64_MIN}), (Values{std::int64_t{1} << 62, -(std::int64_t{1} << 62)}));
}

TEST(Operators, ReluAndClip) {
  ModelMaker relu({1, 1, 3}, signed_type(4));
  relu.add(Relu{}, {0}, unsigned_type(3));
  EXPECT_EQ(run(relu, {-8, 0, 7}), (Values{0, 0, 7}));
  ModelMaker clip({1, 1, 4}, signed_type(4));
  clip.add(Clip{-1, 6}, {0}, signed_type(4));
  EXPECT_EQ(run(clip, {-8, -1, 6, 7}), (Values{-1, -1, 6, 6}));
}

TEST(Operators, AddShiftsTheGreaterExponentLeft) {
  ModelMaker maker({1, 1, 2}, signed_type(8, -4));
  const NodeId coarse = maker.add(Requantise{}, {0}, signed_type(4, -2));
  maker.add(Add{}, {0, coarse}, signed_type(16));
  EXPECT_EQ(maker.model.graph.output().type.exponent, -4);
  // 10 → ⌊12/4⌋ = 3 → 10 + 3·4; −10 → ⌊−8/4⌋ = −2 → −10 − 8
  EXPECT_EQ(run(maker, {10, -10}), (Values{22, -18}));
}

TEST(Operators, ConvolutionWithPaddingStrideAndBias) {
  ModelMaker maker({1, 3, 3}, signed_type(8));
  Conv2d conv;
  conv.window = window(3, 2, 1);
  conv.weight_type = signed_type(4, -3);
  maker.add(conv, {0}, signed_type(16), LayerWeights{{1, 2, 3, 4, 5, 6, 7, -8, -1}, {100}});
  EXPECT_EQ(maker.model.graph.output().type.exponent, -3);
  // Picture 1…9. Top left: 5·1 + 6·2 − 8·4 − 1·5.
  EXPECT_EQ(run(maker, {1, 2, 3, 4, 5, 6, 7, 8, 9}),
            (Values{100 + 5 + 12 - 32 - 5, 100 + 8 + 15 + 35 - 48, 100 + 8 + 15 + 35 + 48,
                    100 + 5 + 12 + 32 + 45}));
}

TEST(Operators, DepthwiseConvolutionKeepsChannelsApart) {
  ModelMaker maker({2, 1, 2}, signed_type(8));
  Conv2d conv;
  conv.out_channels = 2;
  conv.groups = 2;
  conv.weight_type = signed_type(4);
  maker.add(conv, {0}, signed_type(16), LayerWeights{{3, -2}, {1, 0}});
  EXPECT_EQ(run(maker, {1, 2, 10, 20}), (Values{4, 7, -20, -40}));
}

TEST(Operators, DilationSkipsValues) {
  ModelMaker maker({1, 1, 5}, signed_type(8));
  Conv2d conv;
  conv.window.kernel_width = 2;
  conv.window.dilation_width = 3;
  conv.weight_type = signed_type(4);
  maker.add(conv, {0}, signed_type(16), LayerWeights{{1, -1}, {0}});
  EXPECT_EQ(run(maker, {1, 2, 3, 40, 50}), (Values{1 - 40, 2 - 50}));
}

TEST(Operators, LinearIsExact) {
  ModelMaker maker({3, 1, 1}, signed_type(8));
  maker.add(Linear{2, signed_type(8)}, {0}, signed_type(20), LayerWeights{{1, 2, 3, -4, 5, -6}, {7, -8}});
  EXPECT_EQ(run(maker, {10, -20, 30}), (Values{10 - 40 + 90 + 7, -40 - 100 - 180 - 8}));
}

TEST(Operators, PaddingNeverWinsInMaxPool) {
  ModelMaker maker({1, 2, 2}, signed_type(8));
  maker.add(MaxPool{window(2, 2, 1)}, {0}, signed_type(8));
  EXPECT_EQ(run(maker, {-5, -6, -7, -8}), (Values{-5, -6, -7, -8}));
}

TEST(Operators, PaddingCountsAsZeroInAvgPool) {
  ModelMaker maker({1, 2, 2}, signed_type(8, -1));
  maker.add(AvgPool{window(2, 1, 1), 2}, {0}, signed_type(10));
  EXPECT_EQ(maker.model.graph.output().type.exponent, -3);
  EXPECT_EQ(run(maker, {1, 2, 3, 4}), (Values{1, 3, 2, 4, 10, 6, 3, 7, 4}));
}

TEST(Operators, GlobalAvgPoolSumsAPlane) {
  ModelMaker maker({2, 1, 3}, unsigned_type(4, 0));
  maker.add(GlobalAvgPool{1}, {0}, unsigned_type(6));
  EXPECT_EQ(maker.model.graph.output().type.exponent, -1);
  EXPECT_EQ(run(maker, {1, 2, 3, 15, 15, 15}), (Values{6, 45}));
}

TEST(Operators, FlattenAndConcatKeepTheOrder) {
  ModelMaker maker({2, 1, 2}, signed_type(8));
  const NodeId joined = maker.add(Concat{}, {0, 0}, signed_type(8));
  EXPECT_EQ(maker.model.graph.nodes[joined].shape, (Shape{4, 1, 2}));
  maker.add(Flatten{}, {joined}, signed_type(8));
  EXPECT_EQ(run(maker, {1, 2, 3, 4}), (Values{1, 2, 3, 4, 1, 2, 3, 4}));
}

TEST(Operators, PadChannelsPutsZerosBeforeAndAfter) {
  ModelMaker maker({2, 1, 2}, signed_type(8));
  const NodeId padded = maker.add(PadChannels{1, 2}, {0}, signed_type(8));
  EXPECT_EQ(maker.model.graph.nodes[padded].shape, (Shape{5, 1, 2}));
  EXPECT_EQ(run(maker, {1, -2, 3, 4}), (Values{0, 0, 1, -2, 3, 4, 0, 0, 0, 0}));
}

TEST(Operators, ArgMaxTakesTheFirstOfSeveral) {
  ModelMaker maker({4, 1, 1}, signed_type(8));
  maker.add(ArgMax{}, {0}, unsigned_type(2));
  EXPECT_EQ(run(maker, {-3, 5, 2, 5}), Values{1});
}

TEST(Executor, RefusesAnotherShapeOrType) {
  ModelMaker maker({4, 1, 1}, signed_type(8));
  maker.add(Relu{}, {0}, signed_type(8));
  expect_error(ErrorCode::usage, {"4×1×1"}, [&] {
    run_plaintext(maker.model, {signed_type(8), {5, 1, 1}, Values(5)});
  });
  expect_error(ErrorCode::usage, {"s8"}, [&] {
    run_plaintext(maker.model, {signed_type(7), {4, 1, 1}, Values(4)});
  });
}

TEST(Executor, ShowsEveryResultInOrder) {
  const Model model = every_operator_model(1);
  std::mt19937_64 generator(2);
  const IntegerTensor input = random_tensor(model.graph.input().type, model.graph.input().shape, generator);
  std::vector<IntegerTensor> seen;
  const IntegerTensor output = run_plaintext(model, input, [&](NodeId id, const IntegerTensor& tensor) {
    EXPECT_EQ(id, seen.size());
    EXPECT_EQ(tensor.type, model.graph.nodes[id].type);
    EXPECT_EQ(tensor.shape, model.graph.nodes[id].shape);
    EXPECT_EQ(tensor.values.size(), tensor.shape.elements());
    seen.push_back(tensor);
  });
  ASSERT_EQ(seen.size(), model.graph.nodes.size());
  EXPECT_EQ(seen.back().values, output.values);
  EXPECT_EQ(run_plaintext(model, input, {}, 3).values, output.values);
}

TEST(QuantisePicture, FollowsTheFormulaAndClips) {
  ModelMaker maker({2, 1, 2}, signed_type(4, -2));
  maker.add(Relu{}, {0}, signed_type(4));
  maker.model.graph.preprocessing = {{0.5, 0.0}, {0.25, 0.5}};
  // (0 − 0.5)/0.25·4 = −8; 140/255: (0.54902 − 0.5)/0.25·4 = 0.784; 255/255/0.5·4 = 8 → 7; 16/255·8 = 0.502
  const IntegerTensor tensor = quantise_picture(maker.model.graph, 2, 1, 2, {0, 140, 255, 16});
  EXPECT_EQ(tensor.values, (Values{-8, 1, 7, 1}));
  EXPECT_EQ(tensor.type, maker.model.graph.input().type);
}

TEST(QuantisePicture, RoundsHalfUp) {
  ModelMaker maker({1, 1, 3}, signed_type(10, 0));
  maker.add(Relu{}, {0}, signed_type(10));
  maker.model.graph.preprocessing = {{0.0}, {2.0 / 255.0}};  // integer = ⌊byte/2 + 1/2⌋
  EXPECT_EQ(quantise_picture(maker.model.graph, 1, 1, 3, {1, 2, 3}).values, (Values{1, 1, 2}));
}

TEST(QuantisePicture, SurvivesAbsurdScales) {
  ModelMaker maker({1, 1, 2}, signed_type(64, -1000));
  maker.add(Relu{}, {0}, signed_type(64));
  maker.model.graph.preprocessing = {{0.5}, {1e-300}};
  EXPECT_EQ(quantise_picture(maker.model.graph, 1, 1, 2, {0, 255}).values, (Values{INT64_MIN, INT64_MAX}));
}

TEST(QuantisePicture, RefusesAnotherSize) {
  ModelMaker maker({1, 2, 2}, signed_type(8));
  maker.add(Relu{}, {0}, signed_type(8));
  expect_error(ErrorCode::usage, {"1×2×3", "1×2×2"},
               [&] { quantise_picture(maker.model.graph, 1, 2, 3, std::vector<std::uint8_t>(6)); });
  expect_error(ErrorCode::usage, {"4 bytes"},
               [&] { quantise_picture(maker.model.graph, 1, 2, 2, std::vector<std::uint8_t>(5)); });
}

TEST(Argmax, TakesTheFirstOfSeveral) { EXPECT_EQ(argmax({signed_type(8), {3, 1, 1}, {-1, -1, -2}}), 0U); }

}  // namespace
}  // namespace privquant
