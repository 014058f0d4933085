// Networks with QuantizeLinear and DequantizeLinear: the same integers, or every reason why not.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>

#include "base/error.h"
#include "nn/executor.h"
#include "onnx/builder.h"
#include "onnx/import.h"

namespace privquant {
namespace {

using Values = std::vector<std::int64_t>;

/// A network with tensors at power-of-two scales.
class QuantisedBuilder : public OnnxBuilder {
 public:
  explicit QuantisedBuilder(const std::vector<std::int64_t>& dims) : OnnxBuilder(dims) {
    integers("u", {}, {0}, onnx::TensorProto::UINT8);
    integers("s", {}, {0});
    integers("bias0", {}, {0}, onnx::TensorProto::INT32);
  }

  /// The name of a scale of 2^exponent.
  std::string scale(int exponent) {
    const std::string name = "scale" + std::to_string(exponent);
    if (names_.insert(name).second) real(name, {}, {std::ldexp(1.0F, exponent)});
    return name;
  }
  /// `zero` is "u" or "s"; the result is named "q_…" before, `result` after DequantizeLinear.
  void round(const std::string& input, const std::string& result, int exponent, const std::string& zero) {
    node("QuantizeLinear", {input, scale(exponent), zero}, "q_" + result);
    node("DequantizeLinear", {"q_" + result, scale(exponent), zero}, result);
  }
  void clipped(const std::string& input, const std::string& result, int exponent, const std::string& zero,
               int low, int high) {
    integers(result + "_low", {}, {low});
    integers(result + "_high", {}, {high});
    node("QuantizeLinear", {input, scale(exponent), zero}, "q_" + result);
    node("Clip", {"q_" + result, result + "_low", result + "_high"}, "c_" + result);
    node("DequantizeLinear", {"c_" + result, scale(exponent), zero}, result);
  }
  void weights(const std::string& name, const std::vector<std::int64_t>& dims, const std::vector<int>& values,
               int exponent) {
    integers("i_" + name, dims, values);
    node("DequantizeLinear", {"i_" + name, scale(exponent), "s"}, name);
  }
  void bias(const std::string& name, const std::vector<int>& values, int exponent) {
    integers("i_" + name, {static_cast<std::int64_t>(values.size())}, values, onnx::TensorProto::INT32);
    node("DequantizeLinear", {"i_" + name, scale(exponent), "bias0"}, name);
  }

 private:
  std::set<std::string> names_;
};

Model import(OnnxBuilder& builder, std::vector<std::string>* notes = nullptr) {
  ImportOptions options;
  if (notes != nullptr) options.note = [notes](const std::string& note) { notes->push_back(note); };
  return parse_quantised_onnx(as_bytes(builder.bytes()), options);
}

Values run(const Model& model, const Values& input) {
  return run_plaintext(model, {model.graph.input().type, model.graph.input().shape, input}).values;
}

std::vector<std::string> operators(const Model& model) {
  std::vector<std::string> names;
  for (const Node& node : model.graph.nodes) names.push_back(operator_name(node.op));
  return names;
}

const Node& find(const Model& model, const std::string& name) {
  for (const Node& node : model.graph.nodes) {
    if (node.name == name) return node;
  }
  throw std::runtime_error("no node " + name);
}

/// The lines of the one error that there must be.
std::vector<std::string> problems(OnnxBuilder& builder) {
  try {
    import(builder);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    std::vector<std::string> lines;
    std::istringstream text(error.what());
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with("  ")) lines.push_back(line.substr(2));
    }
    return lines;
  }
  ADD_FAILURE() << "no error";
  return {};
}

void expect_problems(OnnxBuilder& builder, const std::vector<std::vector<std::string>>& words) {
  const std::vector<std::string> lines = problems(builder);
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  ASSERT_EQ(lines.size(), words.size()) << all;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string& word : words[i])
      EXPECT_NE(lines[i].find(word), std::string::npos) << "no '" << word << "' in: " << lines[i];
  }
}

/// x → u8·2^-2 → conv → Relu → u4·2^0 → conv → s8·2^-1 → + x → Relu → u8·2^0 → sums of 2×2 → u8·2^0.
void build_residual(QuantisedBuilder& b) {
  b.round("x", "x0", -2, "u");
  b.weights("w1", {1, 1, 1, 1}, {3}, -1);
  b.bias("b1", {-4}, -3);
  b.node("Conv", {"x0", "w1", "b1"}, "conv1");
  b.node("Relu", {"conv1"}, "relu1");
  b.clipped("relu1", "x1", 0, "u", 0, 15);
  b.weights("w2", {1, 1, 1, 1}, {-2}, -2);
  b.node("Conv", {"x1", "w2"}, "conv2");
  b.round("conv2", "x2", -1, "s");
  b.node("Add", {"x2", "x0"}, "sum");
  b.node("Relu", {"sum"}, "relu2");
  b.round("relu2", "x3", 0, "u");
  b.node("GlobalAveragePool", {"x3"}, "mean");
  b.round("mean", "y", 0, "u");
}

TEST(Quantised, ResidualBlockEqualsIntegersByHand) {
  QuantisedBuilder b({1, 2, 2});
  build_residual(b);
  const Model model = import(b);
  EXPECT_EQ(operators(model),
            (std::vector<std::string>{"Input", "Conv2d", "Requantise", "Conv2d", "Requantise", "Add",
                                      "Requantise", "GlobalAvgPool", "Requantise"}));
  EXPECT_EQ(model.graph.input().type, (TensorType{8, false, -2}));
  EXPECT_EQ(find(model, "x1").type, (TensorType{4, false, 0}));
  EXPECT_EQ(find(model, "x2").type, (TensorType{8, true, -1}));
  EXPECT_EQ(find(model, "sum").type.exponent, -2);
  EXPECT_EQ(find(model, "mean").type.exponent, -2);
  EXPECT_EQ(std::get<Conv2d>(find(model, "conv1").op).weight_type, (TensorType{3, true, -1}));
  std::vector<Values> results;
  const Values input{0, 3, 20, 255};
  run_plaintext(model, {model.graph.input().type, model.graph.input().shape, input},
                [&](NodeId, const IntegerTensor& tensor) { results.push_back(tensor.values); });
  EXPECT_EQ(results, (std::vector<Values>{input,
                                          {-4, 5, 56, 761},   // 3x − 4, in steps of 2^-3
                                          {0, 1, 7, 15},      // over 8, 95 clipped
                                          {0, -2, -14, -30},  // times −2, in steps of 2^-2
                                          {0, -1, -7, -15},   // over 2
                                          {0, 1, 6, 225},     // twice that, + x
                                          {0, 0, 2, 56},      // over 4
                                          {58},               // in steps of 2^-2
                                          {15}}));            // 14.5, half up
}

TEST(Quantised, WeightsRoundAndClipAsTheFileDoes) {
  QuantisedBuilder b({3, 1, 1});
  b.round("x", "x0", 0, "s");
  b.real("real", {2, 3, 1, 1}, {0.25F, 0.75F, -0.25F, 9, -9, 1});  // 0.5, 1.5, −0.5, 18, −18, 2 steps
  b.clipped("real", "w", -1, "s", -7, 7);
  b.real("bias", {2}, {0.5F, 0.26F});
  b.node("Conv", {"x0", "w", "bias"}, "y");
  std::vector<std::string> notes;
  const Model model = import(b, &notes);
  EXPECT_EQ(model.weights[1]->weights, (std::vector<std::int16_t>{0, 2, 0, 7, -7, 2}));
  EXPECT_EQ(model.weights[1]->bias, (Values{1, 1}));
  EXPECT_EQ(std::get<Conv2d>(model.graph.output().op).weight_type, (TensorType{4, true, -1}));
  EXPECT_EQ(model.graph.input().type, (TensorType{8, true, 0}));
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_NE(notes[0].find("halves"), std::string::npos);
  EXPECT_NE(notes[1].find("biases"), std::string::npos);
  EXPECT_NE(notes[1].find("in y"), std::string::npos);
}

TEST(Quantised, LayersOfVectors) {
  QuantisedBuilder b({2});
  b.round("x", "x0", -1, "s");
  b.weights("w", {2, 2}, {1, 2, 3, 4}, 0);
  b.node("Transpose", {"w"}, "t");
  set(b.node("Gemm", {"x0", "t"}, "g"), "transB", 1);
  b.round("g", "x1", 0, "s");
  b.weights("v", {2, 1}, {1, -1}, -3);
  b.node("MatMul", {"x1", "v"}, "m");
  b.bias("c", {5}, -3);
  b.node("Add", {"m", "c"}, "y");
  const Model model = import(b);
  // x·w = (3·1 + 4·3, 3·2 + 4·4) = (15, 22), halved (8, 11).
  EXPECT_EQ(run(model, {3, 4}), (Values{8 - 11 + 5}));
}

TEST(Quantised, ReluBeforeSignedStaysAndOneRoundingServesAllReaders) {
  QuantisedBuilder b({1, 1, 2});
  b.round("x", "x0", 0, "s");
  b.weights("w", {1, 1, 1, 1}, {2}, 0);
  b.node("Conv", {"x0", "w"}, "c");
  b.node("Relu", {"c"}, "r");
  b.node("QuantizeLinear", {"r", b.scale(1), "s"}, "q");
  b.node("DequantizeLinear", {"q", b.scale(1), "s"}, "left");
  b.node("DequantizeLinear", {"q", b.scale(1), "s"}, "right");
  b.node("Add", {"left", "right"}, "sum");
  b.round("sum", "again", 1, "s");
  b.round("again", "y", 1, "s");
  const Model model = import(b);
  EXPECT_EQ(operators(model),
            (std::vector<std::string>{"Input", "Conv2d", "Relu", "Requantise", "Add", "Requantise"}));
  EXPECT_EQ(run(model, {-5, 100}), (Values{0, 127}));
}

TEST(Quantised, RangesThatAreNoTypeAndReLU6) {
  QuantisedBuilder b({1, 1, 4});
  b.clipped("x", "x0", 0, "s", -7, 7);
  b.weights("w", {1, 1, 1, 1}, {1}, 0);
  b.node("Conv", {"x0", "w"}, "c");
  b.real("zero", {}, {0});
  b.real("six", {}, {6});
  b.node("Clip", {"c", "zero", "six"}, "relu6");
  b.round("relu6", "wide", 0, "u");
  b.node("Conv", {"wide", "w"}, "d");
  b.node("Clip", {"d", "zero", "six"}, "second");
  b.clipped("second", "narrow", 1, "u", 0, 3);
  const Model model = import(b);
  EXPECT_EQ(operators(model), (std::vector<std::string>{"Input", "Clip", "Conv2d", "Clip", "Requantise",
                                                        "Conv2d", "Requantise"}));
  EXPECT_EQ(model.graph.input().type, (TensorType{4, true, 0}));
  EXPECT_EQ(run(model, {-8, 3, 5, 7}), (Values{0, 2, 3, 3}));
}

TEST(QuantisedRefusals, AreReportedTogether) {
  QuantisedBuilder b({1, 2, 2});
  b.real("tenth", {}, {0.1F});
  b.integers("three", {}, {3}, onnx::TensorProto::UINT8);
  b.real("several", {2}, {0.5F, 0.25F});
  b.node("QuantizeLinear", {"x", "tenth", "three"}, "q");
  b.node("DequantizeLinear", {"q", "tenth", "three"}, "x0");
  b.integers("i", {2, 1, 1, 1}, {1, 2});
  b.node("DequantizeLinear", {"i", "several", "s"}, "w");
  b.node("Conv", {"x0", "w"}, "c");
  for (const char* name : {"g", "h", "m", "v"}) b.real(name, {2}, {1, 1});
  b.node("BatchNormalization", {"c", "g", "h", "m", "v"}, "n");
  b.round("n", "x1", 0, "u");
  b.real("plain", {2, 2, 1, 1}, {1, 2, 3, 4});
  b.node("Conv", {"x1", "plain"}, "d");
  b.node("Add", {"d", "x1"}, "y");
  expect_problems(b, {{"QuantizeLinear \"q\"", "0.1", "no power of two", "2^-3"},
                      {"QuantizeLinear \"q\"", "zero point is 3"},
                      {"DequantizeLinear \"x0\"", "0.1"},
                      {"DequantizeLinear \"x0\"", "zero point is 3"},
                      {"DequantizeLinear \"w\"", "differ between channels", "per_channel"},
                      {"BatchNormalization \"n\"", "fold"},
                      {"Conv \"d\"", "weights are not quantised"},
                      {"Add \"y\"", "result of d", "not rounded"}});
}

TEST(QuantisedRefusals, OfThePicture) {
  QuantisedBuilder b({1, 2, 2});
  b.weights("w", {1, 1, 1, 1}, {1}, 0);
  b.node("Conv", {"x", "w"}, "c");
  b.round("c", "y", 0, "u");
  expect_problems(b, {{"Conv \"c\"", "picture unrounded"}});
  QuantisedBuilder twice({1, 2, 2});
  twice.round("x", "fine", -3, "u");
  twice.round("x", "coarse", 0, "u");
  twice.node("Add", {"fine", "coarse"}, "y");
  expect_problems(twice, {{"DequantizeLinear \"coarse\"", "otherwise"}});
}

TEST(QuantisedRefusals, OfRoundings) {
  const auto refuse = [](const std::vector<std::string>& words, const auto& build) {
    QuantisedBuilder b({1, 3, 3});
    b.round("x", "x0", 0, "u");
    b.weights("w", {1, 1, 1, 1}, {1}, 0);
    build(b);
    expect_problems(b, {words});
  };
  refuse({"QuantizeLinear \"q_y\"", "steps of 2^0 to steps of 2^-1"},
         [](auto& b) { b.round("x0", "y", -1, "u"); });
  refuse({"DequantizeLinear \"y\"", "2^1 differs from the 2^0"}, [](auto& b) {
    b.node("QuantizeLinear", {"x0", b.scale(0), "u"}, "q");
    b.node("DequantizeLinear", {"q", b.scale(1), "u"}, "y");
  });
  refuse({"DequantizeLinear \"y\"", "no result of QuantizeLinear"}, [](auto& b) {
    b.node("DequantizeLinear", {"x0", b.scale(0), "u"}, "y");
  });
  refuse({"Conv \"y\"", "DequantizeLinear before it"}, [](auto& b) {
    b.node("QuantizeLinear", {"x0", b.scale(0), "u"}, "q");
    b.node("Conv", {"q", "w"}, "y");
  });
  refuse({"output \"y\"", "end in DequantizeLinear"}, [](auto& b) {
    b.node("QuantizeLinear", {"x0", b.scale(0), "u"}, "y");
  });
  refuse({"Conv \"y\"", "result of c, is not rounded"}, [](auto& b) {
    b.node("Conv", {"x0", "w"}, "c");
    b.node("Conv", {"c", "w"}, "y");
  });
  refuse({"GlobalAveragePool \"y\"", "no power of two"},
         [](auto& b) { b.node("GlobalAveragePool", {"x0"}, "y"); });
  refuse({"Concat \"y\"", "u8·2^0", "u8·2^1"}, [](auto& b) {
    b.round("x0", "coarse", 1, "u");
    b.node("Concat", {"x0", "coarse"}, "y");
  });
  refuse({"Conv \"y\"", "17 bits"}, [](auto& b) {
    b.integers("i", {1, 1, 1, 1}, {1 << 15}, onnx::TensorProto::INT32);
    b.node("DequantizeLinear", {"i", b.scale(0)}, "wide");
    b.node("Conv", {"x0", "wide"}, "y");
  });
  refuse({"DequantizeLinear \"wide\"", "24 bits"}, [](auto& b) {
    b.integers("i", {1, 1, 1, 1}, {(1 << 24) + 1}, onnx::TensorProto::INT32);
    b.node("DequantizeLinear", {"i", b.scale(0)}, "wide");
    b.node("Conv", {"x0", "wide"}, "y");
  });
  refuse({"Clip \"c\"", "no value"}, [](auto& b) {
    b.integers("low", {}, {5});
    b.integers("high", {}, {3});
    b.node("QuantizeLinear", {"x0", b.scale(0), "u"}, "q");
    b.node("Clip", {"q", "low", "high"}, "c");
    b.node("DequantizeLinear", {"c", b.scale(0), "u"}, "y");
  });
  refuse({"layer \"y\"", "63 bits"}, [](auto& b) {
    b.real("huge", {1}, {1e30F});
    b.node("Conv", {"x0", "w", "huge"}, "y");
  });
}

TEST(QuantisedRefusals, InRealNumbersAdviseTheOption) {
  QuantisedBuilder b({1, 2, 2});
  build_residual(b);
  try {
    parse_onnx(as_bytes(b.bytes()), {});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("import --quantized"), std::string::npos) << error.what();
  }
}

TEST(QuantisedRefusals, EveryDamageGivesOneErrorOrAValidModel) {
  QuantisedBuilder b({1, 2, 2});
  build_residual(b);
  const std::string good = b.bytes();
  std::mt19937_64 random(5);
  for (int turn = 0; turn < 5000; ++turn) {
    std::string bytes = good;
    for (int i = 0; i <= turn % 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    try {
      validate(parse_quantised_onnx(as_bytes(bytes), {}));
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::file || error.code() == ErrorCode::model) << error.what();
    }
  }
}

}  // namespace
}  // namespace privquant
