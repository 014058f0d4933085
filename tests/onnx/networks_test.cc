// The networks of ../shared/models, where they are at hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/picture.h"
#include "onnx/forward.h"
#include "onnx/import.h"

namespace privquant {
namespace {

namespace fs = std::filesystem;

const fs::path shared = fs::path(PRIVQUANT_SOURCE_DIR) / ".." / "shared";

std::map<std::string, int> count_operators(const Graph& graph) {
  std::map<std::string, int> counts;
  for (const Node& node : graph.nodes) ++counts[operator_name(node.op)];
  return counts;
}

using Counts = std::map<std::string, int>;

struct Network {
  std::string file;
  Shape input;
  int classes;
  Counts operators;
};

const Counts resnet20{{"Input", 1},       {"Conv2d", 19},       {"Relu", 19},   {"Add", 9},   {"MaxPool", 2},
                      {"PadChannels", 2}, {"GlobalAvgPool", 1}, {"Flatten", 1}, {"Linear", 1}};
const Counts resnet32{{"Input", 1},       {"Conv2d", 31},       {"Relu", 31},   {"Add", 15},  {"MaxPool", 2},
                      {"PadChannels", 2}, {"GlobalAvgPool", 1}, {"Flatten", 1}, {"Linear", 1}};

class SharedNetwork : public testing::TestWithParam<Network> {};

TEST_P(SharedNetwork, IsReadWhole) {
  const Network& network = GetParam();
  const fs::path path = shared / "models" / network.file;
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there";
  const RealModel model = import_onnx(path, {});
  EXPECT_EQ(model.graph.name, path.stem().string());
  EXPECT_EQ(model.graph.input().shape, network.input);
  EXPECT_EQ(model.graph.output().shape, (Shape{network.classes, 1, 1}));
  EXPECT_EQ(count_operators(model.graph), network.operators);
  EXPECT_EQ(parse_real_model(as_bytes(serialise_real_model(model))), model);
}

INSTANTIATE_TEST_SUITE_P(
    Models, SharedNetwork,
    testing::Values(
        Network{"cifar10/resnet20_cifar10.onnx", {3, 32, 32}, 10, resnet20},
        Network{"cifar10/resnet20_cifar10_folded.onnx", {3, 32, 32}, 10, resnet20},
        Network{"cifar10/resnet32_cifar10.onnx", {3, 32, 32}, 10, resnet32},
        Network{"cifar10/resnet32_cifar10_folded.onnx", {3, 32, 32}, 10, resnet32},
        Network{"imagenet/squeezenet1_0_imagenet.onnx",
                {3, 227, 227},
                1000,
                {{"Input", 1},
                 {"Conv2d", 26},
                 {"Relu", 26},
                 {"MaxPool", 3},
                 {"Concat", 8},
                 {"GlobalAvgPool", 1},
                 {"Flatten", 1}}},
        Network{
            "imagenet/mobilenet_v2_1.0_224_imagenet.onnx",
            {3, 224, 224},
            1000,
            {{"Input", 1}, {"Conv2d", 53}, {"Clip", 35}, {"Add", 10}, {"GlobalAvgPool", 1}, {"Flatten", 1}}}),
    [](const auto& test) {
      std::string name = fs::path(test.param.file).stem().string();
      std::replace(name.begin(), name.end(), '.', '_');
      return name;
    });

/// The first pictures of CIFAR-10's test set: a label and 3×32×32 bytes each. Empty where they cannot be had.
std::string first_pictures(std::size_t count) {
  const fs::path path = shared / "data" / "cifar10" / "test_1000.bin.zst";
  if (!fs::exists(path) || std::system("command -v zstd >/dev/null") != 0) return {};
  FILE* pipe = ::popen(("zstd -dc '" + path.string() + "' 2>/dev/null").c_str(), "r");
  if (pipe == nullptr) return {};
  std::string bytes(count * 3073, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), pipe));
  ::pclose(pipe);
  return bytes;
}

TEST(SharedNetworks, GiveTheirGoldenLogits) {
  constexpr std::size_t pictures = 2;
  const fs::path models = shared / "models" / "cifar10";
  const std::string bytes = first_pictures(pictures);
  if (bytes.size() != pictures * 3073 || !fs::exists(models / "golden_logits.json")) {
    GTEST_SKIP() << "the pictures of ../shared or zstd are not there";
  }
  nlohmann::json golden;
  std::ifstream(models / "golden_logits.json") >> golden;
  const double mean[] = {0.485, 0.456, 0.406};
  const double deviation[] = {0.229, 0.224, 0.225};
  for (const std::string name : {"resnet20", "resnet32"}) {
    for (const std::string kind : {"_cifar10.onnx", "_cifar10_folded.onnx"}) {
      const RealModel model = import_onnx(models / (name + kind), {});
      for (std::size_t p = 0; p < pictures; ++p) {
        RealTensor picture(3072);
        for (std::size_t i = 0; i < picture.size(); ++i) {
          const double pixel = static_cast<std::uint8_t>(bytes[p * 3073 + 1 + i]) / 255.0;
          picture[i] = static_cast<float>((pixel - mean[i / 1024]) / deviation[i / 1024]);
        }
        const RealTensor logits = run_real(model, picture);
        for (std::size_t c = 0; c < logits.size(); ++c) {
          EXPECT_NEAR(logits[c], golden.at(name).at(p).at(c).get<double>(), 1e-4)
              << name << kind << " class " << c;
        }
      }
    }
  }
}

struct ImageNetwork {
  std::string name;
  /// Of a pixel from 0 to 255 in a channel.
  std::function<double(double, std::size_t)> input;
};

std::vector<std::size_t> best_five(const RealTensor& logits) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::partial_sort(order.begin(), order.begin() + 5, order.end(),
                    [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  order.resize(5);
  return order;
}

TEST(SharedNetworks, GiveTheirGoldenTopFive) {
  constexpr std::size_t pictures = 2;  // plain loops: seconds each
  const fs::path models = shared / "models" / "imagenet";
  const fs::path folder = shared / "data" / "imagenet-sample";
  if (!fs::exists(models / "golden_top5.json") || !fs::exists(folder / "0000.jpg"))
    GTEST_SKIP() << "the networks or pictures of ImageNet in ../shared are not there";
  nlohmann::json golden;
  std::ifstream(models / "golden_top5.json") >> golden;
  const double means[] = {123, 117, 104};
  const ImageNetwork networks[] = {
      {"squeezenet1_0_imagenet", [&](double pixel, std::size_t channel) { return pixel - means[channel]; }},
      {"mobilenet_v2_1.0_224_imagenet", [](double pixel, std::size_t) { return pixel / 127.5 - 1; }}};
  for (const ImageNetwork& network : networks) {
    const RealModel model = import_onnx(models / (network.name + ".onnx"), {});
    const Shape& shape = model.graph.input().shape;
    const std::size_t area = shape.elements() / 3;
    for (std::size_t p = 0; p < pictures; ++p) {
      SCOPED_TRACE(network.name + ", picture " + std::to_string(p));
      const LabelledPicture jpeg = load_picture(folder / ("000" + std::to_string(p) + ".jpg"), 3);
      const Picture picture = fit(jpeg, shape.height, shape.width).value();
      RealTensor input(picture.bytes.size());
      for (std::size_t i = 0; i < input.size(); ++i)
        input[i] = static_cast<float>(network.input(picture.bytes[i], i / area));
      const RealTensor logits = run_real(model, input);
      const auto& expected = golden.at(network.name);
      const std::vector<std::size_t> five = best_five(logits);
      EXPECT_EQ(five, expected.at("top5").at(p).get<std::vector<std::size_t>>());
      for (std::size_t i = 0; i < 5; ++i)
        EXPECT_NEAR(logits[five[i]], expected.at("top5_logits").at(p).at(i).get<double>(), 1e-3);
    }
  }
}

}  // namespace
}  // namespace privquant
