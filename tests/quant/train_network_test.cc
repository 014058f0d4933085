#include "quant/train_network.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/error.h"
#include "nn/test_model.h"
#include "quant/checkpoint.h"
#include "quant/fine_input.h"
#include "small_real_model.h"
#include "support/file_size_limit.h"

namespace privquant {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class TrainNetworkTest : public testing::Test {
 protected:
  TrainNetworkTest() {
    torch::manual_seed(3);
    options_.training_pictures = write_bars(folder_, "train", 600);
    options_.test_pictures = write_bars(folder_, "test", 200);
    options_.output = folder_.path() / "small.pqg";
    options_.threads = 1;
    options_.epochs = 6;
    options_.largest_shift = 0;
    options_.learning_rate = 0.05;
  }

  TemporaryFolder folder_;
  TrainNetworkOptions options_;
};

TEST_F(TrainNetworkTest, LearnsAndWritesWhatItMeasured) {
  const TrainNetworkResult result = train_network(small_real_graph(), options_);
  EXPECT_GT(result.accuracy, 0.9);
  EXPECT_EQ(result.test_pictures, 200U);
  EXPECT_EQ(result.epochs_done, 6);
  const RealModel model = load_real_model(options_.output);
  TrainableNetwork network(model.graph, model.weights);
  const TrainingSet test = load_training_set(*open_dataset(options_.test_pictures, DatasetPart::test, 1),
                                             with_fine_input(model.graph));
  EXPECT_EQ(accuracy(network, test), result.accuracy);
  EXPECT_FALSE(std::filesystem::exists(options_.output.string() + ".checkpoint"));
}

TEST_F(TrainNetworkTest, NormalisesByThePicturesThemselvesUnlessTold) {
  options_.epochs = 1;
  train_network(small_real_graph(), options_);
  const RealModel model = load_real_model(options_.output);
  const TrainingSet set = load_training_set(
      *open_dataset(options_.training_pictures, DatasetPart::training, 1), with_fine_input(model.graph));
  EXPECT_NEAR(set.values.mean().item<double>(), 0, 1e-3);
  EXPECT_NEAR(set.values.std().item<double>(), 1, 1e-2);
  options_.preprocessing = {{0.25}, {0.5}};
  train_network(small_real_graph(), options_);
  EXPECT_EQ(load_real_model(options_.output).graph.preprocessing, options_.preprocessing);
}

TEST_F(TrainNetworkTest, OptionsThatDoNotFitAreRefusedBeforeTheTraining) {
  const auto expect_refused = [&](const TrainNetworkOptions& options) {
    bool trained = false;
    EXPECT_THROW(
        train_network(small_real_graph(), options, [&](const StageProgress&) { return trained = true; }),
        Error);
    EXPECT_FALSE(trained);
    EXPECT_FALSE(std::filesystem::exists(options_.output));
  };
  TrainNetworkOptions options = options_;
  options.preprocessing = {{0.5}, {0.0}};
  expect_refused(options);
  options = options_;
  options.preprocessing = {{0.5, 0.5}, {1, 1}};
  expect_refused(options);
  options = options_;
  options.labels = {"one", "two"};
  expect_refused(options);
  options = options_;
  options.test_pictures = folder_.path() / "none";
  expect_refused(options);
}

TEST_F(TrainNetworkTest, TestPicturesAreReadBeforeTheTraining) {
  const auto expect_refused = [&](const std::vector<std::string>& words) {
    expect_error(ErrorCode::file, words, [&] {
      train_network(small_real_graph(), options_, [](const StageProgress& progress) {
        ADD_FAILURE() << "trained first";
        return progress.loss < 0;
      });
    });
  };
  const std::string labels = contents(folder_.path() / "test-labels-idx1-ubyte");
  std::string wrong = labels;
  wrong.back() = 3;  // the last of 200
  folder_.write("test-labels-idx1-ubyte", as_bytes(wrong));
  expect_refused({"test-images-idx3-ubyte[199]", "no label from 0 to 2"});
  folder_.write("test-labels-idx1-ubyte", as_bytes(labels));
  options_.test_pictures = folder_.write("none-images-idx3-ubyte", encode_idx({0, 8, 8}, {}));
  expect_refused({"empty"});
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

TEST_F(TrainNetworkTest, AnEmptyTrainingSetIsRefusedAsSuch) {
  options_.training_pictures = folder_.write("none-images-idx3-ubyte", encode_idx({0, 8, 8}, {}));
  expect_error(ErrorCode::file, {"none-images-idx3-ubyte", "no pictures to train with"},
               [&] { train_network(small_real_graph(), options_); });
}

TEST_F(TrainNetworkTest, WithoutRoomTheLastCheckpointStays) {
  train_network(small_real_graph(), options_);
  const std::string whole = bytes_of(options_.output);
  options_.output = folder_.path() / "again.pqg";
  const std::filesystem::path checkpoint = checkpoint_path(options_.output);
  const TrainNetworkResult interrupted =
      train_network(small_real_graph(), options_,
                    [&](const StageProgress&) { return !std::filesystem::exists(checkpoint); });
  EXPECT_TRUE(interrupted.interrupted);
  EXPECT_TRUE(interrupted.resumable);
  const std::string kept = bytes_of(checkpoint);
  options_.resume = true;
  {
    const FileSizeLimit limit(kept.size() / 2);
    expect_error(ErrorCode::file, {checkpoint.string(), "make room"},
                 [&] { train_network(small_real_graph(), options_); });
  }
  EXPECT_EQ(bytes_of(checkpoint), kept);
  EXPECT_FALSE(std::filesystem::exists(options_.output));
  EXPECT_FALSE(train_network(small_real_graph(), options_).interrupted);
  EXPECT_EQ(bytes_of(options_.output), whole);
}

TEST_F(TrainNetworkTest, BeforeTheFirstEpochThereIsNothingToResume) {
  const TrainNetworkResult result =
      train_network(small_real_graph(), options_, [](const StageProgress&) { return false; });
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.resumable);
}

TEST_F(TrainNetworkTest, InterruptedAndResumedIsTheSameAsInOneGo) {
  train_network(small_real_graph(), options_);
  const std::string whole = bytes_of(options_.output);
  options_.output = folder_.path() / "resumed.pqg";
  int rounds = 0;
  for (bool done = false; !done; ++rounds) {
    ASSERT_LT(rounds, 10);
    int batches = 0;
    // Five batches an epoch: stops within the next.
    done = !train_network(small_real_graph(), options_, [&](const StageProgress&) {
              return ++batches < 8;
            }).interrupted;
    options_.resume = true;
  }
  EXPECT_GT(rounds, 2);
  EXPECT_EQ(bytes_of(options_.output), whole);
}

TEST_F(TrainNetworkTest, RefusesACheckpointOfOtherOptionsAndPicturesOfOtherClasses) {
  int batches = 0;
  ASSERT_TRUE(train_network(small_real_graph(), options_, [&](const StageProgress&) {
                return ++batches < 8;
              }).interrupted);
  options_.resume = true;
  options_.learning_rate = 0.01;
  EXPECT_THROW(train_network(small_real_graph(), options_), Error);
  options_.resume = false;
  Graph fewer = small_real_graph();
  std::get<Linear>(fewer.nodes.back().op).out_features = 2;
  fewer.nodes.back().shape.channels = 2;
  EXPECT_THROW(train_network(fewer, options_), Error);
  EXPECT_FALSE(std::filesystem::exists(options_.output));
}

}  // namespace
}  // namespace privquant
