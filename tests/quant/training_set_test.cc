#include "quant/training_set.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "small_real_model.h"

namespace privquant {
namespace {

/// Picture i is of one shade, i, and of class i % 3, unless a test says otherwise.
class Shades final : public Dataset {
 public:
  explicit Shades(std::size_t count) : count_(count) {}
  std::size_t size() const override { return count_; }
  LabelledPicture at(std::size_t index) const override {
    const auto area = static_cast<std::size_t>(side * side);
    return {{1, side, side, std::vector<std::uint8_t>(area, static_cast<std::uint8_t>(index))},
            index == wrong ? std::optional(3)
            : first_label  ? std::optional(*first_label + static_cast<int>(index % 3))
                           : std::nullopt,
            "shade",
            photographs};
  }

  int side = 8;
  std::optional<int> first_label = 0;
  bool photographs = false;
  std::optional<std::size_t> wrong;  ///< the picture of a class that there is not

 private:
  std::size_t count_;
};

Graph eight_bit_graph() {
  Graph graph = small_real_graph();
  graph.nodes[0].type = {8, false, 0};
  graph.preprocessing = {{0.0}, {1.0 / 255}};
  return graph;
}

std::vector<int> shades_of(const TrainingSet& set) {
  std::vector<int> result;
  for (std::int64_t i = 0; i < set.values.size(0); ++i) result.push_back(set.values[i][0][0][0].item<int>());
  return result;
}

void expect_refusal(const Dataset& set, ErrorCode code, const std::string& part) {
  try {
    load_training_set(set, eight_bit_graph());
    FAIL() << "no error; expected one with: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(TrainingSet, AFewPicturesAreSpreadOverTheSet) {
  const TrainingSet few = load_training_set(Shades(10), eight_bit_graph(), 4);
  EXPECT_EQ(shades_of(few), (std::vector<int>{0, 3, 5, 9}));
  EXPECT_EQ(few.labels[3].item<int>(), 0);
  EXPECT_EQ(load_training_set(Shades(3), eight_bit_graph(), 4).labels.size(0), 3);
  // All loaded and some of them taken is the same as those loaded.
  const TrainingSet all = load_training_set(Shades(10), eight_bit_graph());
  EXPECT_EQ(shades_of(spread_pictures(all, 4)), shades_of(few));
  EXPECT_TRUE(torch::equal(spread_pictures(all, 4).labels, few.labels));
  EXPECT_EQ(shades_of(spread_pictures(all, 20)), shades_of(all));
}

TEST(TrainingSet, LargerPhotographsAreCut) {
  Shades set(3);
  set.side = 30;
  set.photographs = true;
  const TrainingSet loaded = load_training_set(set, eight_bit_graph());
  EXPECT_EQ(loaded.values.sizes(), (std::vector<std::int64_t>{3, 1, 8, 8}));
  EXPECT_EQ(shades_of(loaded), (std::vector<int>{0, 1, 2}));
}

TEST(TrainingSet, WhatDoesNotFitIsOneClearError) {
  expect_refusal(Shades(0), ErrorCode::file, "empty");
  Shades set(3);
  for (const auto label : {std::optional(1), std::optional(-1), std::optional<int>()}) {
    set.first_label = label;
    expect_refusal(set, ErrorCode::file, "no label from 0 to 2");
  }
  set.first_label = 0;
  set.side = 9;
  expect_refusal(set, ErrorCode::usage, "8 by 8");
  set.side = 7;
  set.photographs = true;
  expect_refusal(set, ErrorCode::usage, "8 by 8");
}

TEST(TrainingSet, EveryPictureIsChecked) {
  Shades set(300);  // more than go through a network at once
  EXPECT_NO_THROW(check_pictures(set, eight_bit_graph()));
  for (const std::size_t wrong : {0, 150, 299}) {
    set.wrong = wrong;
    EXPECT_THROW(check_pictures(set, eight_bit_graph()), Error) << wrong;
  }
  EXPECT_THROW(check_pictures(Shades(0), eight_bit_graph()), Error);
}

TEST(TrainingSet, AccuracyIsTheSameStreamed) {
  const RealModel model = small_real_model();
  TrainableNetwork network(model.graph, model.weights);
  const Shades set(200);
  EXPECT_EQ(accuracy(network, set, eight_bit_graph()),
            accuracy(network, load_training_set(set, eight_bit_graph())));
}

TEST(TrainingSet, LargeNetworksSeeFewPicturesAtOnce) {
  Graph graph = small_real_graph();
  EXPECT_EQ(pictures_at_once(graph), 128);
  graph.nodes[1].shape = {64, 512, 512};
  EXPECT_EQ(pictures_at_once(graph), 7);
  graph.nodes[1].shape = {1024, 1024, 1024};
  EXPECT_EQ(pictures_at_once(graph), 1);
}

}  // namespace
}  // namespace privquant
