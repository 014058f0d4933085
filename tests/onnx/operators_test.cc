// Each operator: what it becomes computes what ONNX says.
#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/builder.h"
#include "onnx/forward.h"
#include "onnx/import.h"

namespace privquant {
namespace {

RealModel import(OnnxBuilder& builder) { return parse_onnx(as_bytes(builder.bytes()), {}); }

/// 1, 2, 3, …
RealTensor counting(std::size_t count) {
  RealTensor values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

/// The picture is 1, 2, 3, ….
void expect_result(OnnxBuilder& builder, const RealTensor& expected) {
  const RealModel model = import(builder);
  const RealTensor result = run_real(model, counting(model.graph.input().shape.elements()));
  ASSERT_EQ(result.size(), expected.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    EXPECT_NEAR(result[i], expected[i], 1e-4) << "element " << i;
}

template <typename Op>
std::ptrdiff_t count_of(const RealModel& model) {
  return std::count_if(model.graph.nodes.begin(), model.graph.nodes.end(),
                       [](const Node& node) { return std::holds_alternative<Op>(node.op); });
}

TEST(Conv, DilationsPadsGroupsAndBias) {
  OnnxBuilder b({2, 3, 3});
  b.real("w", {2, 1, 2, 2}, {1, 0, 0, 1, 0, 2, 0, 0});
  b.real("bias", {2}, {10, 20});
  auto& conv = b.node("Conv", {"x", "w", "bias"}, "y");
  set(conv, "group", 2);
  set(conv, "dilations", {1, 2});
  set(conv, "pads", {1, 0, 0, 1});
  set(conv, "kernel_shape", {2, 2});
  expect_result(b, {13, 10, 17, 12, 23, 15,    // x[y−1][c] + x[y][c + 2] + 10, column 3 is 0
                    20, 20, 44, 20, 50, 20});  // 2 · x[y−1][c + 2] + 20
}

TEST(Conv, AutoPadPutsTheOddZeroWhereItIsAsked) {
  const auto build = [](const char* how) {
    OnnxBuilder b({1, 1, 4});
    b.real("w", {1, 1, 1, 2}, {1, 10});
    auto& conv = b.node("Conv", {"x", "w"}, "y");
    set(conv, "auto_pad", how);
    return b;
  };
  OnnxBuilder upper = build("SAME_UPPER");
  expect_result(upper, {21, 32, 43, 4});
  OnnxBuilder lower = build("SAME_LOWER");
  expect_result(lower, {10, 21, 32, 43});
  OnnxBuilder valid = build("VALID");
  expect_result(valid, {21, 32, 43});
}

TEST(BatchNormalization, IsFoldedIntoConvAndGemm) {
  OnnxBuilder b({1, 1, 2});
  b.real("w", {2, 1, 1, 1}, {1, -1});
  b.real("bias", {2}, {0.5F, 1});
  b.real("scale", {2}, {2, 3});
  b.real("shift", {2}, {1, -1});
  b.real("mean", {2}, {0.5F, 2});
  b.real("variance", {2}, {3, 0});
  b.node("Conv", {"x", "w", "bias"}, "c");
  set(b.node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, "y"), "epsilon", 1.0F);
  expect_result(b, {2, 3, -7, -10});
  EXPECT_EQ(import(b).graph.nodes.size(), 2U);

  OnnxBuilder g({2}, 9);
  g.real("w", {2, 1}, {1, 1});
  for (const char* name : {"scale", "shift", "mean"}) g.real(name, {1}, {2});
  g.real("variance", {1}, {4});
  g.node("Gemm", {"x", "w"}, "c");
  set(g.node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, "y"), "epsilon", 0.0F);
  expect_result(g, {3});
}

TEST(Gemm, AlphaBetaAndTransposition) {
  for (const bool transposed : {false, true}) {
    OnnxBuilder b({2});
    b.real("w", transposed ? std::vector<std::int64_t>{3, 2} : std::vector<std::int64_t>{2, 3},
           transposed ? RealTensor{1, 4, 2, 5, 3, 6} : RealTensor{1, 2, 3, 4, 5, 6});
    b.real("bias", {1, 3}, {10, 20, 30});
    auto& gemm = b.node("Gemm", {"x", "w", "bias"}, "y");
    set(gemm, "alpha", 2.0F);
    set(gemm, "beta", 0.5F);
    set(gemm, "transB", transposed ? 1 : 0);
    expect_result(b, {18 + 5, 24 + 10, 30 + 15});
  }
}

TEST(MatMul, TakesTheConstantThatIsAddedAsItsBias) {
  OnnxBuilder b({2});
  b.real("w", {2, 2}, {1, 2, 3, 4});
  b.real("bias", {2}, {100, 200});
  b.node("MatMul", {"x", "w"}, "m");
  b.node("Add", {"bias", "m"}, "y");
  expect_result(b, {107, 210});
  EXPECT_EQ(import(b).graph.nodes.size(), 2U);
}

TEST(Add, OfTwoTensors) {
  OnnxBuilder b({1, 1, 2});
  b.node("Relu", {"x"}, "r");
  b.node("Add", {"x", "r"}, "y");
  expect_result(b, {2, 4});
}

TEST(Conv, IsReadByAddAndRelu) {
  OnnxBuilder b({1, 1, 2});
  b.real("w", {1, 1, 1, 1}, {-2});
  b.real("bias", {1}, {3});
  b.node("Conv", {"x", "w", "bias"}, "c");  // 1, −1
  b.node("Relu", {"c"}, "r");
  b.node("Add", {"r", "c"}, "y");
  expect_result(b, {2, -1});
  EXPECT_EQ(count_of<Conv2d>(import(b)), 1);
}

TEST(Input, HasTwoReaders) {
  OnnxBuilder b({1, 1, 2});
  b.real("w", {1, 1, 1, 1}, {2});
  b.real("v", {1, 1, 1, 1}, {-10});
  b.node("Conv", {"x", "w"}, "left");
  b.node("Conv", {"x", "v"}, "right");
  b.node("Add", {"left", "right"}, "y");
  expect_result(b, {-8, -16});
  const RealModel model = import(b);
  EXPECT_EQ(model.graph.nodes[1].inputs, std::vector<NodeId>{0});
  EXPECT_EQ(model.graph.nodes[2].inputs, std::vector<NodeId>{0});
}

TEST(Clip, HasItsLimitsAsAttributesOrOperands) {
  OnnxBuilder old({1, 1, 8}, 9);
  auto& clip = old.node("Clip", {"x"}, "y");
  set(clip, "min", 0.0F);
  set(clip, "max", 6.0F);
  expect_result(old, {1, 2, 3, 4, 5, 6, 6, 6});
  OnnxBuilder b({1, 1, 8});
  b.real("low", {}, {0});
  b.real("high", {}, {2.1F});
  b.node("Clip", {"x", "low", "high"}, "y");
  expect_result(b, {1, 2, 2.1F, 2.1F, 2.1F, 2.1F, 2.1F, 2.1F});
  OnnxBuilder open({1, 1, 8});
  open.real("low", {}, {0});
  open.node("Clip", {"x", "low"}, "y");
  EXPECT_EQ(count_of<Relu>(import(open)), 1);
}

TEST(MaxPool, CeilModeKeepsIncompleteWindows) {
  OnnxBuilder b({1, 1, 5});
  auto& pool = b.node("MaxPool", {"x"}, "y");
  set(pool, "kernel_shape", {1, 2});
  set(pool, "strides", {1, 2});
  set(pool, "ceil_mode", 1);
  expect_result(b, {2, 4, 5});
}

/// The planes' windows are 1×2.
onnx::NodeProto& pool_of_two(OnnxBuilder& builder, const char* type, const char* auto_pad, int stride) {
  auto& pool = builder.node(type, {"x"}, "y");
  set(pool, "kernel_shape", {1, 2});
  set(pool, "strides", {1, stride});
  set(pool, "auto_pad", auto_pad);
  return pool;
}

TEST(MaxPool, AutoPadNeverWins) {
  OnnxBuilder upper({1, 1, 4});
  pool_of_two(upper, "MaxPool", "SAME_UPPER", 1);
  expect_result(upper, {2, 3, 4, 4});
  OnnxBuilder lower({1, 1, 4});
  pool_of_two(lower, "MaxPool", "SAME_LOWER", 1);
  expect_result(lower, {1, 2, 3, 4});
}

TEST(MaxPool, CeilModeWithPadding) {
  OnnxBuilder b({1, 3, 3});
  auto& pool = b.node("MaxPool", {"x"}, "y");
  set(pool, "kernel_shape", {2, 2});
  set(pool, "strides", {2, 2});
  set(pool, "pads", {1, 0, 0, 0});
  set(pool, "ceil_mode", 1);
  expect_result(b, {2, 3, 8, 9});
  // A window that would begin in the padding behind the picture is none.
  OnnxBuilder behind({1, 1, 3});
  auto& other = behind.node("MaxPool", {"x"}, "y");
  set(other, "kernel_shape", {1, 1});
  set(other, "strides", {1, 2});
  set(other, "pads", {0, 0, 0, 1});
  set(other, "ceil_mode", 1);
  expect_result(behind, {1, 3});
}

TEST(AveragePool, AutoPadCountsWhereItIsToldTo) {
  OnnxBuilder upper({1, 1, 4});
  set(pool_of_two(upper, "AveragePool", "SAME_UPPER", 1), "count_include_pad", 1);
  expect_result(upper, {1.5F, 2.5F, 3.5F, 2});
  OnnxBuilder lower({1, 1, 4});
  set(pool_of_two(lower, "AveragePool", "SAME_LOWER", 1), "count_include_pad", 1);
  expect_result(lower, {0.5F, 1.5F, 2.5F, 3.5F});
}

TEST(AveragePool, AutoPadThatPadsNothingIsFine) {
  for (const char* how : {"SAME_UPPER", "SAME_LOWER"}) {
    OnnxBuilder b({1, 1, 4});
    pool_of_two(b, "AveragePool", how, 2);
    expect_result(b, {1.5F, 3.5F});
  }
}

TEST(AveragePool, CeilModeIsFineWhereWindowsAreComplete) {
  OnnxBuilder b({1, 1, 4});
  set(pool_of_two(b, "AveragePool", "NOTSET", 2), "ceil_mode", 1);
  expect_result(b, {1.5F, 3.5F});
}

TEST(AveragePool, DivisorIsFoldedForwards) {
  OnnxBuilder b({1, 1, 6});
  auto& pool = b.node("AveragePool", {"x"}, "p");
  set(pool, "kernel_shape", {1, 3});
  set(pool, "strides", {1, 3});
  b.real("zero", {}, {0});
  b.real("four", {}, {4});
  b.node("Clip", {"p", "zero", "four"}, "r");
  b.real("w", {1, 1, 1, 2}, {1, 10});
  b.real("bias", {1}, {7});
  b.node("Conv", {"r", "w", "bias"}, "y");
  expect_result(b, {2 + 40 + 7});
  const RealModel model = import(b);
  EXPECT_EQ(std::get<AvgPool>(model.graph.nodes[1].op).log2_divisor, 1);
  EXPECT_NEAR(model.weights[3]->weights[0], 2.0F / 3, 1e-6);
}

TEST(AveragePool, DivisorIsFoldedBackwardsAtTheEnd) {
  OnnxBuilder b({1, 1, 3});
  b.real("w", {2, 1, 1, 1}, {1, 2});
  b.real("bias", {2}, {3, 6});
  b.node("Conv", {"x", "w", "bias"}, "c");
  b.node("Relu", {"c"}, "r");
  b.node("GlobalAveragePool", {"r"}, "g");
  b.node("Flatten", {"g"}, "f");
  b.node("Softmax", {"f"}, "y");
  expect_result(b, {5, 10});
  std::string note;
  ImportOptions options;
  options.note = [&](const std::string& text) { note = text; };
  parse_onnx(as_bytes(b.bytes()), options);
  EXPECT_NE(note.find("Softmax"), std::string::npos);
}

TEST(AveragePool, DifferentDivisorsMeetInAnAdd) {
  OnnxBuilder b({1, 1, 3});
  b.real("w", {1, 1, 1, 1}, {1});
  b.node("Conv", {"x", "w"}, "c");
  b.node("GlobalAveragePool", {"c"}, "g");
  b.real("v", {1, 1, 1, 3}, {1, 1, 1});
  b.node("Conv", {"x", "v"}, "d");
  b.node("Add", {"g", "d"}, "y");
  expect_result(b, {2 + 6});
}

TEST(AveragePool, PaddingCounts) {
  OnnxBuilder b({1, 1, 2});
  auto& pool = b.node("AveragePool", {"x"}, "y");
  set(pool, "kernel_shape", {1, 2});
  set(pool, "pads", {0, 1, 0, 1});
  set(pool, "count_include_pad", 1);
  expect_result(b, {0.5F, 1.5F, 1});
}

TEST(ReduceMean, OverThePlane) {
  OnnxBuilder b({2, 1, 2});
  auto& mean = b.node("ReduceMean", {"x"}, "m");
  set(mean, "axes", {-1, 2});
  set(mean, "keepdims", 0);
  b.real("w", {2, 1}, {1, 10});
  b.node("MatMul", {"m", "w"}, "y");
  expect_result(b, {1.5F + 35});
}

TEST(Concat, AlongChannels) {
  OnnxBuilder b({1, 1, 2});
  b.node("Relu", {"x"}, "r");
  set(b.node("Concat", {"x", "r"}, "y"), "axis", 1);
  expect_result(b, {1, 2, 1, 2});
}

TEST(Pad, AroundThePictureGoesIntoTheNextWindow) {
  OnnxBuilder b({1, 1, 2});
  b.integer("pads", {0, 0, 1, 0, 0, 0, 0, 2});
  b.node("Pad", {"x", "pads"}, "p");
  b.real("w", {1, 1, 2, 2}, {1, 2, 3, 4});
  b.node("Conv", {"p", "w"}, "y");
  expect_result(b, {11, 6, 0});
  const RealModel model = import(b);
  EXPECT_EQ(model.graph.nodes.size(), 2U);
  OnnxBuilder old({1, 1, 2}, 9);
  set(old.node("Pad", {"x"}, "p"), "pads", {0, 0, 0, 1, 0, 0, 0, 0});
  auto& pool = old.node("AveragePool", {"p"}, "y");
  set(pool, "kernel_shape", {1, 2});
  expect_result(old, {0.5F, 1.5F});
}

TEST(Pad, OfChannels) {
  OnnxBuilder b({1, 1, 2});
  b.integer("pads", {0, 1, 0, 0, 0, 2, 0, 0});
  b.node("Pad", {"x", "pads"}, "y");
  expect_result(b, {0, 0, 1, 2, 0, 0, 0, 0});
}

TEST(Slice, EveryOtherPixel) {
  OnnxBuilder b({1, 3, 3});
  b.integer("starts", {0, 0});
  b.integer("ends", {INT64_MAX, 3});
  b.integer("axes", {2, -1});
  b.integer("steps", {2, 2});
  b.node("Slice", {"x", "starts", "ends", "axes", "steps"}, "y");
  expect_result(b, {1, 3, 7, 9});
}

// x.view(x.size(0), -1), as torch.onnx.export writes it.
TEST(Reshape, ByAChainOfShapes) {
  OnnxBuilder b({2, 1, 2});
  b.node("Shape", {"x"}, "s");
  b.graph().add_initializer()->CopyFrom([] {
    onnx::TensorProto zero;
    zero.set_name("zero");
    zero.set_data_type(onnx::TensorProto::INT64);
    zero.add_int64_data(0);
    return zero;
  }());
  b.node("Gather", {"s", "zero"}, "n");
  b.integer("axes", {0});
  b.node("Unsqueeze", {"n", "axes"}, "u");
  auto& constant = b.node("Constant", {}, "rest");
  auto& value = *constant.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::INT64);
  value.mutable_t()->add_dims(1);
  value.mutable_t()->add_int64_data(-1);
  set(b.node("Concat", {"u", "rest"}, "t"), "axis", 0);
  b.node("Reshape", {"x", "t"}, "f");
  b.real("w", {4, 1}, {1, 10, 100, 1000});
  b.node("MatMul", {"f", "w"}, "y");
  expect_result(b, {4321});
  EXPECT_EQ(import(b).graph.nodes.size(), 3U);
}

TEST(Identity, DropoutCastAndUnusedNodesVanish) {
  OnnxBuilder b({1, 1, 2});
  b.node("Relu", {"x"}, "r");
  b.node("Relu", {"x"}, "unused");
  b.node("Identity", {"r"}, "i");
  b.node("Dropout", {"i"}, "d").add_output("mask");
  set(b.node("Cast", {"d"}, "y"), "to", 1);
  expect_result(b, {1, 2});
  EXPECT_EQ(import(b).graph.nodes.size(), 2U);
}

TEST(Constants, OfOtherPrecisionsAndRawBytes) {
  OnnxBuilder b({3});
  auto& w = b.real("w", {3, 1}, {});
  w.set_data_type(onnx::TensorProto::FLOAT16);
  for (const int half : {0x3c00, 0xc000, 0x0001}) w.add_int32_data(half);  // 1, −2, 2^−24
  b.node("MatMul", {"x", "w"}, "y");
  expect_result(b, {-3});
  EXPECT_EQ(import(b).weights[1]->weights[2], std::ldexp(1.0F, -24));
  w.clear_int32_data();
  w.set_data_type(onnx::TensorProto::DOUBLE);
  const double doubles[] = {0.5, 1, 2};
  w.set_raw_data(doubles, sizeof doubles);
  expect_result(b, {8.5F});
}

TEST(Import, TakesPreprocessingLabelsAndNames) {
  OnnxBuilder b({2});
  b.real("w", {2, 2}, {1, 0, 0, 1});
  b.node("MatMul", {"x", "w"}, "y");
  ImportOptions options{{{0.5}, {2}}, {"cat", "dog"}, {}};
  const RealModel model = parse_onnx(as_bytes(b.bytes()), options);
  EXPECT_EQ(model.graph.name, "built");
  EXPECT_EQ(model.graph.nodes[1].name, "y");
  EXPECT_EQ(model.graph.labels, options.labels);
  EXPECT_EQ(model.graph.preprocessing, (Preprocessing{{0.5, 0.5}, {2, 2}}));
}

}  // namespace
}  // namespace privquant
