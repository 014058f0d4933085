#include "quant/trainable_network.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/model_file.h"
#include "quant/check_export.h"
#include "tiny_graph.h"

namespace privquant {
namespace {

class TrainableNetworkTest : public testing::Test {
 protected:
  TrainableNetworkTest() {
    at::set_num_threads(1);
    torch::manual_seed(7);
  }
};

/// Trained a little in both phases, so that no statistic is at its starting value.
Model trained_model(TrainableNetwork& network, const TrainingSet& set) {
  train(network, set, {2, 1e-2, 0, 0, 1});
  network.fold_batch_norm();
  network.calibrate(set.values);
  train(network, set, {2, 1e-3, 0, 0, 2});
  return network.export_model();
}

TEST_F(TrainableNetworkTest, FoldingKeepsTheFunction) {
  TrainableNetwork network(tiny_graph());
  const TrainingSet set = tiny_set(300);
  train(network, set, {2, 1e-2, 0, 0, 1});
  const torch::NoGradGuard no_gradient;
  const torch::Tensor before = network.forward(set.values);
  network.fold_batch_norm();
  EXPECT_TRUE(network.children().empty());
  EXPECT_LT((network.forward(set.values) - before).abs().max().item<double>(), 1e-4);
}

TEST_F(TrainableNetworkTest, IntegersEqualTheFakeQuantisedForwardBitForBit) {
  TrainableNetwork network(tiny_graph());
  const TrainingSet set = tiny_set(300);
  const Model model = trained_model(network, set);
  EXPECT_NO_THROW(check_export(network, model, set.values.narrow(0, 0, 100)));
}

TEST_F(TrainableNetworkTest, TheCheckNamesALayerThatDiffers) {
  TrainableNetwork network(tiny_graph());
  const TrainingSet set = tiny_set(30);
  Model model = trained_model(network, set);
  constexpr NodeId conv2 = 5;
  ASSERT_EQ(model.graph.nodes[conv2].name, "conv2");
  model.weights[conv2]->bias[0] += 1;
  try {
    check_export(network, model, set.values);
    FAIL() << "a changed bias was not seen";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_NE(std::string(error.what()).find("conv2"), std::string::npos) << error.what();
  }
}

TEST_F(TrainableNetworkTest, WeightsFillTheirTypesAndAccumulatorsAreTight) {
  TrainableNetwork network(tiny_graph());
  const Model model = trained_model(network, tiny_set(300));
  EXPECT_NO_THROW(validate(model));
  const auto& conv1 = model.weights[1]->weights;
  EXPECT_EQ(conv1.size(), 4U * 9U);
  const auto [least, greatest] = std::minmax_element(conv1.begin(), conv1.end());
  EXPECT_GE(*least, -128);
  EXPECT_LE(*greatest, 127);
  EXPECT_GE(std::max<int>(-*least, *greatest), 32) << "8-bit weights use less than 6 bits";
  EXPECT_LE(model.graph.nodes[1].type.bits, 8 + 8 + 4);
}

TEST_F(TrainableNetworkTest, OperatorsWithoutAGradientAreRefused) {
  Graph graph = tiny_graph();
  Node last{"greatest", ArgMax{}, {graph.nodes.size() - 1}, {8, false, 0}, {}};
  last.shape = infer_shape(graph, last);
  graph.nodes.push_back(last);
  try {
    const TrainableNetwork network(graph);
    FAIL() << "ArgMax was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::model);
    EXPECT_NE(std::string(error.what()).find("greatest"), std::string::npos) << error.what();
  }
}

TEST_F(TrainableNetworkTest, StepsOutOfOrderAreRefused) {
  TrainableNetwork network(tiny_graph());
  EXPECT_THROW(network.export_model(), Error);
  EXPECT_THROW(network.calibrate(tiny_set(3).values), Error) << "batch normalisation is not folded yet";
}

}  // namespace
}  // namespace privquant
