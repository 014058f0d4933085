#include "nn/real_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include "nn/container.h"
#include "nn/model_file.h"
#include "nn/schema.h"
#include "nn/test_model.h"

namespace privquant {
namespace {

/// Convolution, clip, a pool whose divisor is a power of two, a classifier; types are not what they should be.
RealModel small_model() {
  RealModel model;
  Graph& graph = model.graph;
  graph.name = "small";
  graph.preprocessing = {{0.5, 0.25}, {1, 2}};
  graph.labels = {"left", "right"};
  graph.nodes.push_back({"input", Input{}, {}, unquantised, {2, 4, 4}});
  const auto add = [&](std::string name, const Operator& op, TensorType type = unquantised) {
    Node node{std::move(name), op, {graph.nodes.size() - 1}, type, {}};
    node.shape = infer_shape(graph, node);
    graph.nodes.push_back(std::move(node));
  };
  add("conv", Conv2d{{3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 4, 2, unquantised});
  add("clip", Clip{0, 6 << 10}, {32, true, -10});
  add("pool", AvgPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}, 2});
  add("padded", PadChannels{1, 0});
  add("flat", Flatten{});
  add("classes", Linear{2, unquantised});
  model.weights.resize(graph.nodes.size());
  const auto values = [](std::size_t count) {
    std::vector<float> result(count);
    for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<float>(i) / 7 - 1;
    return result;
  };
  model.weights[1] = RealWeights{values(4 * 9), values(4)};
  model.weights[6] = RealWeights{values(2 * 20), values(2)};
  return model;
}

void refuse(const std::vector<std::string>& words, const std::function<void(RealModel&)>& spoil) {
  RealModel model = small_model();
  ASSERT_NO_THROW(validate(model));
  spoil(model);
  expect_error(ErrorCode::model, words, [&] { validate(model); });
}

TEST(RealModel, RefusesWhatCannotBe) {
  refuse({"6 nodes", "of 7"}, [](RealModel& m) { m.weights.pop_back(); });
  refuse({"conv", "missing"}, [](RealModel& m) { m.weights[1].reset(); });
  refuse({"conv", "35 weights"}, [](RealModel& m) { m.weights[1]->weights.pop_back(); });
  refuse({"classes", "3 biases"}, [](RealModel& m) { m.weights[6]->bias.push_back(0); });
  refuse({"clip", "no weights"}, [](RealModel& m) { m.weights[2] = RealWeights{}; });
  refuse({"conv", "finite"}, [](RealModel& m) { m.weights[1]->weights[7] = std::nanf(""); });
  refuse({"classes", "finite"},
         [](RealModel& m) { m.weights[6]->bias[1] = -std::numeric_limits<float>::infinity(); });
  refuse({"clip", "no such operator"}, [](RealModel& m) { m.graph.nodes[2].op = Requantise{}; });
  refuse({"clip", "lower limit"}, [](RealModel& m) { m.graph.nodes[2].op = Clip{1, 0}; });
  refuse({"clip", "exponent"}, [](RealModel& m) { m.graph.nodes[2].type.exponent = 1001; });
  refuse({"conv", "exponent"},
         [](RealModel& m) { std::get<Conv2d>(m.graph.nodes[1].op).weight_type.exponent = 1001; });
  refuse({"pool", "divisor"}, [](RealModel& m) { std::get<AvgPool>(m.graph.nodes[3].op).log2_divisor = 63; });
  refuse({"conv", "declared"}, [](RealModel& m) { m.graph.nodes[1].shape.channels = 5; });
  refuse({"conv", "two layers"}, [](RealModel& m) { m.graph.nodes[2].name = "conv"; });
  refuse({"preprocessing"}, [](RealModel& m) { m.graph.preprocessing.mean.pop_back(); });
  refuse({"3 labels for 2"}, [](RealModel& m) { m.graph.labels.emplace_back("up"); });
}

TEST(RealModel, ComesBackFromItsFile) {
  const RealModel model = small_model();
  const std::string bytes = serialise_real_model(model);
  EXPECT_EQ(parse_real_model(as_bytes(bytes)), model);
  const auto path =
      std::filesystem::temp_directory_path() / ("privquant-real-" + std::to_string(::getpid()) + ".pqg");
  save_real_model(model, path);
  EXPECT_EQ(load_real_model(path), model);
  expect_error(ErrorCode::file, {path.string(), "real numbers"}, [&] { load_model(path); });
  expect_error(ErrorCode::file, {"real numbers"}, [&] { load_graph(path); });
  EXPECT_TRUE(std::filesystem::remove(path));
  expect_error(ErrorCode::file, {"does not exist"}, [&] { load_real_model(path); });
  RealModel wrong = model;
  wrong.weights[1]->weights[0] = std::nanf("");
  expect_error(ErrorCode::model, {"conv"}, [&] { save_real_model(wrong, path); });
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(RealModel, OtherKindsAndVersionsAreNamed) {
  const std::string quantised = serialise_model(every_operator_model(1));
  expect_error(ErrorCode::file, {"model file", "real numbers"},
               [&] { parse_real_model(as_bytes(quantised)); });
  std::string message = encode_real_model(small_model());
  message[1] = 9;  // field 1, a varint: the first two bytes
  expect_error(ErrorCode::file, {"version 9"},
               [&] { parse_real_model(as_bytes(wrap(FileKind::real_model, message))); });
}

TEST(RealModel, DamagedFilesGiveErrors) {
  const std::string file = serialise_real_model(small_model());
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_THROW(parse_real_model(as_bytes(file.substr(0, size))), Error);
  }
  const std::string message = encode_real_model(small_model());
  for (std::size_t at = 0; at < message.size(); ++at) {
    std::string hostile = message;
    hostile[at] = static_cast<char>(hostile[at] ^ (1 << (at % 8)));
    try {
      validate(parse_real_model(as_bytes(wrap(FileKind::real_model, hostile))));
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::file || error.code() == ErrorCode::model) << error.what();
    }
  }
}

}  // namespace
}  // namespace privquant
