// Every problem is named, all of them at once.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <random>

#include "base/error.h"
#include "onnx/builder.h"
#include "onnx/import.h"

namespace privquant {
namespace {

void expect_words(ErrorCode code, const std::string& bytes, const std::vector<std::string>& words) {
  try {
    parse_onnx(as_bytes(bytes), {});
    ADD_FAILURE() << "no error about " << words[0];
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "no '" << word << "' in: " << error.what();
    }
  }
}

void refuse(const std::vector<std::string>& words, const std::function<void(OnnxBuilder&)>& build,
            const std::vector<std::int64_t>& dims = {2, 4, 4}) {
  OnnxBuilder b(dims);
  build(b);
  expect_words(ErrorCode::model, b.bytes(), words);
}

std::string small_network() {
  OnnxBuilder b({1, 2, 2});
  b.real("w", {2, 1, 1, 1}, {1, 2});
  b.node("Conv", {"x", "w"}, "c");
  b.node("Relu", {"c"}, "r");
  b.node("GlobalAveragePool", {"r"}, "y");
  return b.bytes();
}

TEST(ImportErrors, AreReportedTogether) {
  OnnxBuilder b({2, 4, 4});
  b.node("Sigmoid", {"x"}, "s");
  b.node("Relu", {"s"}, "r");
  b.node("LeakyRelu", {"r"}, "l");
  b.real("bad", {1}, {std::nanf("")});
  set(b.node("Concat", {"x", "x"}, "joined"), "axis", 2);
  expect_words(ErrorCode::model, b.bytes(),
               {"4 problems", "Sigmoid \"s\"", "LeakyRelu \"l\"", "use Relu", "\"bad\"", "NaN",
                "Concat \"joined\"", "axis 1"});
}

TEST(ImportErrors, OperatorsAndAttributes) {
  refuse({"Foo \"y\"", "not supported"}, [](auto& b) { b.node("Foo", {"x"}, "y"); });
  refuse({"Relu \"y\"", "not supported"},
         [](auto& b) { b.node("Relu", {"x"}, "y").set_domain("com.microsoft"); });
  refuse({"Relu", "2 operands"}, [](auto& b) { b.node("Relu", {"x", "x"}, "y"); });
  refuse({"Relu", "nowhere", "z"}, [](auto& b) { b.node("Relu", {"z"}, "y"); });
  refuse({"Conv", "nowhere", "w"}, [](auto& b) { b.node("Conv", {"x", "w"}, "y"); });
  refuse({"Softmax", "end"}, [](auto& b) {
    b.node("Softmax", {"x"}, "s");
    b.node("Relu", {"s"}, "y");
  });
  refuse({"BatchNormalization", "folded"}, [](auto& b) {
    for (const char* name : {"a", "b", "c", "d"}) b.real(name, {2}, {1, 1});
    b.node("BatchNormalization", {"x", "a", "b", "c", "d"}, "y");
  });
  refuse({"BatchNormalization", "nothing else reads"}, [](auto& b) {
    for (const char* name : {"a", "b", "c", "d"}) b.real(name, {1}, {1});
    b.real("w", {1, 2, 1, 1}, {1, 1});
    b.node("Conv", {"x", "w"}, "k");
    b.node("BatchNormalization", {"k", "a", "b", "c", "d"}, "n");
    b.node("Add", {"k", "n"}, "y");
  });
  refuse({"Clip", "ReLU6"}, [](auto& b) {
    b.real("low", {}, {-1});
    b.node("Clip", {"x", "low"}, "y");
  });
  refuse({"AveragePool", "count_include_pad"}, [](auto& b) {
    auto& pool = b.node("AveragePool", {"x"}, "y");
    set(pool, "kernel_shape", {2, 2});
    set(pool, "pads", {1, 1, 1, 1});
  });
  for (const char* how : {"SAME_UPPER", "SAME_LOWER"}) {
    refuse({"AveragePool", "count_include_pad"}, [how](auto& b) {
      auto& pool = b.node("AveragePool", {"x"}, "y");
      set(pool, "kernel_shape", {2, 2});
      set(pool, "auto_pad", how);
    });
  }
  refuse({"AveragePool", "ceil_mode"}, [](auto& b) {
    auto& pool = b.node("AveragePool", {"x"}, "y");
    set(pool, "kernel_shape", {2, 2});
    set(pool, "strides", {3, 3});
    set(pool, "ceil_mode", 1);
  });
  refuse({"AveragePool", "divisor"}, [](auto& b) {
    set(b.node("AveragePool", {"x"}, "y"), "kernel_shape", {3, 3});
  });
  refuse({"MaxPool", "result number 2"}, [](auto& b) {
    auto& pool = b.node("MaxPool", {"x"}, "p");
    pool.add_output("indices");
    set(pool, "kernel_shape", {2, 2});
    b.node("Add", {"p", "indices"}, "y");
  });
  refuse({"MaxPool", "two dimensions"}, [](auto& b) {
    set(b.node("MaxPool", {"x"}, "y"), "kernel_shape", {2, 2, 2});
  });
  refuse({"MaxPool", "another type"}, [](auto& b) { set(b.node("MaxPool", {"x"}, "y"), "kernel_shape", 2); });
  refuse({"Pad", "Conv or AveragePool"}, [](auto& b) {
    b.integer("pads", {0, 0, 1, 1, 0, 0, 1, 1});
    b.node("Pad", {"x", "pads"}, "p");
    b.node("Relu", {"p"}, "y");
  });
  refuse({"Pad", "negative"}, [](auto& b) {
    b.integer("pads", {0, 0, -1, 0, 0, 0, 0, 0});
    b.node("Pad", {"x", "pads"}, "y");
  });
  refuse({"Slice", "n-th"}, [](auto& b) {
    b.integer("one", {1});
    b.integer("end", {4});
    b.integer("axis", {2});
    b.node("Slice", {"x", "one", "end", "axis"}, "y");
  });
  refuse({"Add", "equal shapes"}, [](auto& b) {
    b.node("GlobalAveragePool", {"x"}, "g");
    b.node("Add", {"x", "g"}, "y");
  });
  refuse({"Add", "bias"}, [](auto& b) {
    b.real("c", {2, 1, 1}, {1, 2});
    b.node("Add", {"x", "c"}, "y");
  });
  refuse({"Reshape", "[N, -1]"}, [](auto& b) {
    b.integer("t", {1, 4, 2, 4});
    b.node("Reshape", {"x", "t"}, "y");
  });
  refuse({"Gemm", "Flatten"}, [](auto& b) {
    b.real("w", {32, 1}, std::vector<float>(32));
    b.node("Gemm", {"x", "w"}, "y");
  });
}

TEST(ImportErrors, Constants) {
  const auto with = [](const std::function<void(onnx::TensorProto&)>& spoil) {
    return [spoil](OnnxBuilder& b) {
      spoil(b.real("w", {1, 2, 1, 1}, {1, 2}));
      b.node("Conv", {"x", "w"}, "y");
    };
  };
  refuse({"1 problem)", "\"w\"", "infinite"}, with([](auto& w) { w.set_float_data(1, INFINITY); }));
  refuse({"\"w\"", "another file"}, with([](auto& w) { w.set_data_location(onnx::TensorProto::EXTERNAL); }));
  refuse({"\"w\"", "2 elements has 1"}, with([](auto& w) { w.mutable_float_data()->RemoveLast(); }));
  refuse({"\"w\"", "4 bytes where 8"}, with([](auto& w) { w.set_raw_data("abcd"); }));
  refuse({"\"w\"", "dimension of -2"}, with([](auto& w) { w.set_dims(1, -2); }));
  refuse({"\"w\"", "more than"}, with([](auto& w) {
           w.set_dims(0, INT64_MAX);
           w.set_dims(1, INT64_MAX);
         }));
  refuse({"\"w\"", "type 14"}, with([](auto& w) { w.set_data_type(onnx::TensorProto::COMPLEX64); }));
  refuse({"Conv", "3 channels"}, with([](auto& w) {
           w.set_dims(1, 3);
           w.add_float_data(1);
         }));
}

TEST(ImportErrors, InputsAndOutputs) {
  const auto relu = [](OnnxBuilder& b) { b.node("Relu", {"x"}, "y"); };
  const auto dim = [](OnnxBuilder & b, int i) -> auto& {
    return *b.graph().mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(
        i);
  };
  refuse({"input \"x\"", "dimension 3 is dynamic", "fixed size"}, [&](auto& b) {
    relu(b);
    dim(b, 2).set_dim_param("height");
  });
  refuse({"batch is fixed to 8"}, [&](auto& b) {
    relu(b);
    dim(b, 0).set_dim_value(8);
  });
  refuse({"3 dimensions"}, relu, {2, 2});
  refuse({"more than"}, relu, {INT32_MAX, INT32_MAX, 2});
  refuse({"2 inputs"}, [&](auto& b) {
    relu(b);
    b.graph().add_input()->set_name("second");
  });
  refuse({"2 outputs"}, [&](auto& b) {
    relu(b);
    b.graph().add_output()->set_name("x");
    b.graph().add_output()->set_name("y");
  });
  refuse({"output \"z\"", "nothing computes"}, [&](auto& b) {
    relu(b);
    b.graph().add_output()->set_name("z");
  });
  refuse({"no operator"}, [](auto& b) { b.graph().add_output()->set_name("x"); });
}

TEST(ImportErrors, OtherOpsets) {
  for (const int opset : {8, 18, -1}) {
    OnnxBuilder b({1, 1, 1}, opset);
    b.node("Relu", {"x"}, "y");
    expect_words(ErrorCode::model, b.bytes(), {"opset", "9 to 17"});
  }
}

TEST(ImportErrors, FilesThatAreNoOnnx) {
  expect_words(ErrorCode::file, "", {"no ONNX file"});
  expect_words(ErrorCode::file, "\x89PNG\r\n\x1a\n and so on", {"malformed"});
  EXPECT_THROW(import_onnx("/nowhere/net.onnx", {}), Error);
}

TEST(ImportErrors, EveryTruncationAndDamageGivesOneError) {
  const std::string good = small_network();
  ASSERT_NO_THROW(parse_onnx(as_bytes(good), {}));
  const auto attempt = [](const std::string& bytes) {
    try {
      validate(parse_onnx(as_bytes(bytes), {}));
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::file || error.code() == ErrorCode::model) << error.what();
    }
  };
  for (std::size_t size = 0; size < good.size(); ++size) attempt(good.substr(0, size));
  std::mt19937_64 random(3);
  for (int turn = 0; turn < 5000; ++turn) {
    std::string bytes = good;
    for (int i = 0; i <= turn % 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    attempt(bytes);
  }
}

}  // namespace
}  // namespace privquant
