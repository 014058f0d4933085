#include <gtest/gtest.h>

#include "nn/bounds.h"
#include "nn/executor.h"
#include "nn/test_model.h"

namespace privquant {

Model every_operator_model(std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<std::int64_t> bias(-50, 50);
  const auto weights = [&](std::size_t count, std::size_t outputs, int bits) {
    LayerWeights result{random_weights(count, bits, generator), std::vector<std::int64_t>(outputs)};
    for (auto& value : result.bias) value = bias(generator);
    return result;
  };
  ModelMaker maker({3, 8, 8}, signed_type(8, -6));
  maker.model.graph.labels = {"cat", "dog", "émeu"};
  Conv2d conv{{3, 3, 1, 1, 1, 1, 1, 1, 1, 1}, 4, 1, signed_type(8, -7)};
  NodeId stem = maker.add(conv, {0}, signed_type(64), weights(108, 4, 8));
  stem = maker.add(Requantise{}, {stem}, unsigned_type(8, -6));
  conv.groups = 4;
  conv.weight_type = signed_type(4, -4);
  const NodeId branch = maker.add(conv, {stem}, signed_type(64), weights(36, 4, 4));
  NodeId joined = maker.add(Add{}, {branch, stem}, signed_type(64));
  joined = maker.add(Relu{}, {joined}, unsigned_type(63));
  joined = maker.add(Requantise{}, {joined}, unsigned_type(6, -5));
  joined = maker.add(Clip{0, 50}, {joined}, unsigned_type(6));
  const NodeId greatest = maker.add(MaxPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}}, {joined}, unsigned_type(6));
  NodeId mean = maker.add(AvgPool{{2, 2, 2, 2, 1, 1, 0, 0, 0, 0}, 2}, {joined}, unsigned_type(63));
  mean = maker.add(Requantise{}, {mean}, unsigned_type(6, -5));
  joined = maker.add(Concat{}, {greatest, mean}, unsigned_type(6));
  joined = maker.add(PadChannels{1, 2}, {joined}, unsigned_type(6));
  const NodeId pooled = maker.add(GlobalAvgPool{4}, {joined}, unsigned_type(63));
  const NodeId vector = maker.add(Flatten{}, {pooled}, unsigned_type(63));
  maker.add(Linear{3, signed_type(12, -8)}, {vector}, signed_type(64), weights(33, 3, 12));
  set_accumulator_widths(maker.model);
  return maker.model;
}

namespace {

TEST(EveryOperatorModel, IsValidAndStaysWithinItsBounds) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Model model = every_operator_model(seed);
    ASSERT_NO_THROW(validate(model));
    const auto bounds = reachable(model);
    std::mt19937_64 generator(seed);
    const IntegerTensor input = random_tensor(model.graph.input().type, model.graph.input().shape, generator);
    run_plaintext(model, input, [&](NodeId id, const IntegerTensor& tensor) {
      const std::size_t plane = tensor.values.size() / bounds[id].size();
      for (std::size_t i = 0; i < tensor.values.size(); ++i) {
        EXPECT_GE(tensor.values[i], bounds[id][i / plane].low);
        EXPECT_LE(tensor.values[i], bounds[id][i / plane].high);
      }
    });
  }
}

}  // namespace
}  // namespace privquant
