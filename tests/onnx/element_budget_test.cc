// A small file cannot ask for much memory.
#include "onnx/element_budget.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "nn/test_model.h"
#include "onnx/builder.h"
#include "onnx/import.h"

namespace privquant {
namespace {

constexpr std::int64_t side = 100;  // a constant of 10,000 numbers

ImportOptions options_of(std::uint64_t most) {
  ImportOptions options;
  options.most_elements = most;
  return options;
}

/// A picture of one pixel in `side` channels, and whatever `build` adds to that.
OnnxBuilder network(const std::function<void(OnnxBuilder&)>& build) {
  OnnxBuilder b({side, 1, 1});
  b.real("w", {side, side, 1, 1}, std::vector<float>(side * side, 0.25F));
  build(b);
  return b;
}

/// One sentence, not one for each operator.
void expect_refused(const std::string& bytes, std::uint64_t most, bool quantised = false) {
  try {
    if (quantised) {
      parse_quantised_onnx(as_bytes(bytes), options_of(most));
    } else {
      parse_onnx(as_bytes(bytes), options_of(most));
    }
    ADD_FAILURE() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::file) << error.what();
    const std::string text = error.what();
    EXPECT_NE(text.find(fmt::format("more than {} numbers", most)), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
  }
}

TEST(ElementBudget, HoldsWhatIsTaken) {
  ElementBudget budget(10);
  budget.take(4);
  budget.take(6);
  budget.take(0);
  EXPECT_THROW(budget.take(1), Error);
  EXPECT_THROW(ElementBudget(10).take(UINT64_MAX), Error);
}

TEST(ElementBudget, AnotherShapeOfAConstantIsNoCopy) {
  const std::string bytes = network([](OnnxBuilder& b) {
                              b.integer("shape", {side, side, 1, 1});
                              std::string last = "w";
                              for (int i = 0; i < 400; ++i) {
                                const std::string next = fmt::format("w{}", i);
                                b.node("Reshape", {last, "shape"}, next);
                                last = next;
                              }
                              b.node("Conv", {"x", last}, "y");
                            }).bytes();
  // The constant, the shape, and the layer's weights; no more than that.
  const std::uint64_t needed = 2 * side * side + 4;
  EXPECT_EQ(parse_onnx(as_bytes(bytes), options_of(needed)).weights.back()->weights.size(), side * side);
  expect_refused(bytes, needed - 1);
}

TEST(ElementBudget, LayersThatShareWeightsHaveTheirOwn) {
  const std::string bytes = network([](OnnxBuilder& b) {
                              std::string last = "x";
                              for (int i = 0; i < 400; ++i) {
                                const std::string next = fmt::format("y{}", i);
                                b.node("Conv", {last, "w"}, next);
                                last = next;
                              }
                            }).bytes();
  EXPECT_NO_THROW(parse_onnx(as_bytes(bytes), options_of(401 * side * side)));
  expect_refused(bytes, 401 * side * side - 1);
}

TEST(ElementBudget, WhatIsComputedOfConstantsCounts) {
  // Each makes 100 constants of one, of 10,000 numbers but for the lists.
  struct Case {
    std::string op;
    std::vector<std::string> inputs;
  };
  for (const Case& each : {Case{"Transpose", {"matrix"}}, Case{"Gather", {"list", "indices"}},
                           Case{"Cast", {"integers"}}, Case{"Mul", {"list", "list"}}}) {
    OnnxBuilder b({side, 1, 1});
    b.real("matrix", {side, side}, std::vector<float>(side * side));
    const std::vector<std::int64_t> ones(side * side, 1);
    b.integer("list", ones);
    b.integer("indices", ones);
    b.integer("integers", ones);
    for (int i = 0; i < 100; ++i) {
      auto& node = b.node(each.op, each.inputs, fmt::format("c{}", i));
      if (each.op == "Cast") set(node, "to", int{onnx::TensorProto::FLOAT});
    }
    b.node("Relu", {"x"}, "y");
    SCOPED_TRACE(each.op);
    EXPECT_NO_THROW(parse_onnx(as_bytes(b.bytes()), options_of(104 * side * side)));
    expect_refused(b.bytes(), 104 * side * side - 1);
  }
}

TEST(ElementBudget, RoundedConstantsCountToo) {
  OnnxBuilder b({side, 1, 1});
  b.real("w", {side, side, 1, 1}, std::vector<float>(side * side, 0.25F));
  b.real("step", {}, {0.25F});
  b.integers("zero", {}, {0});
  for (int i = 0; i < 50; ++i) {
    b.node("QuantizeLinear", {"w", "step", "zero"}, fmt::format("q{}", i));
    b.node("DequantizeLinear", {fmt::format("q{}", i), "step", "zero"}, fmt::format("d{}", i));
  }
  b.node("QuantizeLinear", {"x", "step", "zero"}, "qx");
  b.node("DequantizeLinear", {"qx", "step", "zero"}, "y");
  const std::uint64_t needed = 101 * side * side + 2;
  // With room enough, only the missing layer is objected to.
  expect_error(ErrorCode::model, {"(1 problem)", "needs an Input and a layer"},
               [&] { parse_quantised_onnx(as_bytes(b.bytes()), options_of(needed)); });
  expect_refused(b.bytes(), needed - 1, true);
}

TEST(ElementBudget, ATensorIsCountedBeforeItIsDecoded) {
  OnnxBuilder b({side, 1, 1});
  b.integers("w", {side, side}, std::vector<int>(side * side));
  b.node("Relu", {"x"}, "y");
  expect_refused(b.bytes(), side * side - 1);
}

TEST(ElementBudget, DimensionsAreFew) {
  OnnxBuilder b({side, 1, 1});
  b.real("many", std::vector<std::int64_t>(65, 1), {1});
  b.node("Relu", {"x"}, "y");
  try {
    parse_onnx(as_bytes(b.bytes()), {});
    FAIL() << "65 dimensions were read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_NE(std::string(error.what()).find("65 dimensions"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace privquant
