#include "quant/train.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tiny_graph.h"

namespace privquant {
namespace {

class TrainTest : public testing::Test {
 protected:
  TrainTest() { at::set_num_threads(1); }
};

torch::Tensor weights_after(std::uint64_t seed) {
  torch::manual_seed(5);
  TrainableNetwork network(tiny_graph());
  train(network, tiny_set(200), {2, 1e-2, 1e-4, 0, seed});
  std::vector<torch::Tensor> all;
  for (const auto& parameter : network.parameters()) all.push_back(parameter.detach().flatten());
  return torch::cat(all);
}

/// A set in memory whose pictures all have the same label.
class UniformDataset : public Dataset {
 public:
  UniformDataset(std::size_t size, std::optional<int> label, int side)
      : size_(size), label_(label), side_(side) {}
  std::size_t size() const override { return size_; }
  LabelledPicture at(std::size_t) const override {
    const auto area = static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_);
    return {{1, side_, side_, std::vector<std::uint8_t>(area, 200)}, label_, "uniform"};
  }

 private:
  std::size_t size_;
  std::optional<int> label_;
  int side_;
};

TEST_F(TrainTest, SeedDecidesTheWeights) {
  const torch::Tensor first = weights_after(1);
  EXPECT_TRUE(first.equal(weights_after(1)));
  EXPECT_FALSE(first.equal(weights_after(2)));
}

TEST_F(TrainTest, LearnsInBothPhases) {
  torch::manual_seed(3);
  const TrainingSet set = tiny_set(600);
  const TrainingSet unseen = tiny_set(300);
  TrainableNetwork network(tiny_graph());
  train(network, set, {8, 2e-2, 0, 0, 1});
  EXPECT_GT(accuracy(network, unseen), 0.9);
  network.fold_batch_norm();
  network.calibrate(set.values);
  train(network, set, {4, 2e-3, 0, 0, 2});
  EXPECT_GT(accuracy(network, unseen), 0.9);
}

TEST_F(TrainTest, GradientsMoveAnExponentThatIsFarOff) {
  torch::manual_seed(3);
  const TrainingSet set = tiny_set(300);
  TrainableNetwork network(tiny_graph());
  train(network, set, {4, 2e-2, 0, 0, 1});
  network.fold_batch_norm();
  network.calibrate(set.values);
  const Graph& graph = network.graph();
  const auto relu = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [](const Node& node) { return node.name == "relu1"; }) -
                    graph.nodes.begin();
  const double good = network.exponents()[0][relu].item<double>();
  torch::Tensor off = network.exponents();
  off[0][relu] -= 4;  // so fine that nearly all values clip
  const auto trained = [&](double exponent_rate) {
    TrainableNetwork copy(graph, network.real_weights());
    copy.quantise();
    copy.restore_exponents(off);
    EXPECT_EQ(copy.exponents()[0][relu].item<double>(), good - 4);
    TrainingPlan plan;
    plan.epochs = 8;
    plan.exponent_rate = exponent_rate;
    plan.largest_shift = 0;
    Trainer(copy, set, plan).run({});
    return copy.exponents()[0][relu].item<double>();
  };
  EXPECT_EQ(trained(0), good - 4);
  EXPECT_GT(trained(0.2), good - 4);
}

TEST_F(TrainTest, ReportsEveryEpoch) {
  torch::manual_seed(3);
  TrainableNetwork network(tiny_graph());
  std::vector<EpochReport> reports;
  train(network, tiny_set(50), {3, 1e-3, 0, 0, 1},
        [&](const EpochReport& report) { reports.push_back(report); });
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports.back().epoch, 3);
  EXPECT_EQ(reports.back().epochs, 3);
  EXPECT_GT(reports.back().loss, 0);
  EXPECT_LE(reports.back().accuracy, 1);
}

TEST_F(TrainTest, PixelsBecomeTheInputsRealValues) {
  const TrainingSet set = load_training_set(UniformDataset(4, 2, 8), tiny_graph(), 3);
  EXPECT_EQ(set.labels.size(0), 3);
  EXPECT_TRUE(set.values.eq(200.0 / 256).all().item<bool>());
  EXPECT_TRUE(set.labels.eq(2).all().item<bool>());
}

}  // namespace
}  // namespace privquant
