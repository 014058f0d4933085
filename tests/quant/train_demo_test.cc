#include "quant/train_demo.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "data/encode.h"
#include "data/temporary_folder.h"
#include "nn/model_file.h"

namespace privquant {
namespace {

/// A folder like Fashion-MNIST's with a few pictures, in which class c is a bar in row 2c.
void write_data(const TemporaryFolder& folder, const std::string& prefix, std::uint32_t count) {
  std::vector<std::uint8_t> pixels(std::size_t{count} * 784);
  std::vector<std::uint8_t> labels;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t label = i % 10;
    labels.push_back(static_cast<std::uint8_t>(label));
    for (std::size_t column = 0; column < 28; ++column) {
      pixels[std::size_t{i} * 784 + std::size_t{label} * 56 + column] =
          static_cast<std::uint8_t>(100 + i % 97);
    }
  }
  folder.write(prefix + "-images-idx3-ubyte.gz", encode_gzip(encode_idx({count, 28, 28}, pixels)));
  folder.write(prefix + "-labels-idx1-ubyte.gz", encode_gzip(encode_idx({count}, labels)));
}

class TrainDemoTest : public testing::Test {
 protected:
  TrainDemoTest() {
    write_data(folder_, "train", 200);
    write_data(folder_, "t10k", 40);
  }
  TrainDemoOptions options(std::uint64_t seed, const std::string& output) const {
    return {folder_.path(), folder_.path() / output, seed, 1, 1, 1};
  }
  TemporaryFolder folder_;
};

TEST_F(TrainDemoTest, SameSeedSameFile) {
  train_demo(options(1, "a.pqm"));
  train_demo(options(1, "b.pqm"));
  train_demo(options(2, "c.pqm"));
  EXPECT_EQ(contents(folder_.path() / "a.pqm"), contents(folder_.path() / "b.pqm"));
  EXPECT_NE(contents(folder_.path() / "a.pqm"), contents(folder_.path() / "c.pqm"));
}

TEST_F(TrainDemoTest, WritesAModelThatLoadsAndReportsBothPhases) {
  std::vector<std::string> phases;
  const TrainDemoResult result = train_demo(
      options(1, "model.pqm"), [&](const TrainDemoProgress& progress) { phases.push_back(progress.phase); });
  EXPECT_EQ(phases, (std::vector<std::string>{"real", "quantised"}));
  EXPECT_EQ(result.test_pictures, 40U);
  EXPECT_GE(result.integer_accuracy, 0.0);
  EXPECT_LE(result.integer_accuracy, 1.0);
  EXPECT_LT(result.model_bytes, 1'000'000U);
  const Model model = load_model(folder_.path() / "model.pqm");
  EXPECT_EQ(model.graph.name, "fashion");
  EXPECT_EQ(model.graph.output().shape.elements(), 10U);
  EXPECT_EQ(model.graph.labels.size(), 10U);
}

TEST_F(TrainDemoTest, OptionsAndDataThatMakeNoSenseAreRefused) {
  TrainDemoOptions no_epochs = options(1, "x.pqm");
  no_epochs.real_epochs = 0;
  EXPECT_THROW(train_demo(no_epochs), Error);
  TrainDemoOptions no_data = options(1, "x.pqm");
  no_data.data = folder_.path() / "nowhere";
  EXPECT_THROW(train_demo(no_data), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.pqm"));
  bool trained = false;
  EXPECT_THROW(train_demo(options(1, "nowhere/x.pqm"), [&](const TrainDemoProgress&) { trained = true; }),
               Error);
  EXPECT_FALSE(trained) << "the missing folder was found too late";
}

}  // namespace
}  // namespace privquant
