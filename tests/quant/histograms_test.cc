#include "quant/histograms.h"

#include <gtest/gtest.h>

#include <numeric>

#include "nn/test_model.h"

namespace privquant {
namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST(HistogramTest, CountsEachIntegerFromTheLeastOn) {
  Histogram histogram(signed_type(3));
  for (const int value : {-4, -4, -1, 0, 2, 3, 3, 3}) histogram.add(value);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{2, 0, 0, 1, 1, 0, 1, 3}));
  EXPECT_EQ(histogram.total(), 8U);
  EXPECT_EQ(histogram.zeros(), 1.0 / 8);
  EXPECT_EQ(histogram.at_limits(), 5.0 / 8);
}

TEST(HistogramTest, ZeroIsNoLimitOfATypeWithoutSign) {
  Histogram histogram(unsigned_type(2));
  for (const int value : {0, 0, 0, 3}) histogram.add(value);
  EXPECT_EQ(histogram.zeros(), 0.75);
  EXPECT_EQ(histogram.at_limits(), 0.25);
  EXPECT_EQ(Histogram(unsigned_type(2)).zeros(), 0);
}

TEST(HistogramTest, WideTypesShareBins) {
  for (const TensorType& type : {signed_type(20), unsigned_type(13), signed_type(64), unsigned_type(63)}) {
    Histogram histogram(type);
    ASSERT_EQ(histogram.counts().size(), 256U) << to_string(type);
    histogram.add(type.min());
    histogram.add(type.max());
    EXPECT_EQ(histogram.counts().front(), 1U) << to_string(type);
    EXPECT_EQ(sum(histogram.counts()), 2U) << to_string(type);
  }
  Histogram histogram(unsigned_type(10));
  for (int value = 0; value < 1024; ++value) histogram.add(value);
  EXPECT_EQ(histogram.counts(), std::vector<std::uint64_t>(256, 4));
  EXPECT_EQ(histogram.zeros(), 1.0 / 1024);
}

/// One pixel of 2 channels; conv reads it, and both linear layers read conv's rounded result.
Model two_readers() {
  ModelMaker maker({2, 1, 1}, unsigned_type(8, -8));
  const NodeId conv =
      maker.add(Conv2d{{}, 2, 1, signed_type(2)}, {0}, signed_type(12), LayerWeights{{1, 0, 0, -1}, {0, 0}});
  const NodeId relu = maker.add(Requantise{}, {conv}, unsigned_type(4, -4));
  const LayerWeights weights{{1, 1}, {0}};
  const NodeId left = maker.add(Linear{1, signed_type(3)}, {relu}, signed_type(12), weights);
  const NodeId right = maker.add(Linear{1, signed_type(3)}, {relu}, signed_type(12), weights);
  maker.add(Add{}, {left, right}, signed_type(12));
  return maker.model;
}

TEST(HistogramsTest, MeasuresWhatEachLayerReads) {
  const Model model = two_readers();
  ASSERT_NO_THROW(validate(model));
  const std::vector<LabelledPicture> pictures{{{2, 1, 1, {255, 0}}, {}, {}}, {{2, 1, 1, {64, 7}}, {}, {}}};
  const std::vector<LayerHistograms> layers = measure_histograms(model, pictures);
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].name, "node1");
  EXPECT_EQ(layers[0].weights.counts(), (std::vector<std::uint64_t>{0, 1, 2, 1}));
  EXPECT_EQ(layers[0].inputs.total(), 4U);
  EXPECT_EQ(layers[0].inputs.zeros(), 0.25);
  for (const std::size_t reader : {1, 2}) {
    EXPECT_EQ(layers[reader].weights.total(), 2U);
    std::vector<std::uint64_t> expected(16, 0);
    expected[15] = 1;  // 255/256 in steps of 1/16, clipped
    expected[4] = 1;   // 64/256
    expected[0] = 2;   // the other channel is negative before ReLU
    EXPECT_EQ(layers[reader].inputs.counts(), expected);
    EXPECT_EQ(layers[reader].inputs.at_limits(), 0.25);
  }
}

TEST(HistogramsTest, NoPicturesMeanNoActivations) {
  const std::vector<LayerHistograms> layers = measure_histograms(two_readers(), {});
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].weights.total(), 4U);
  EXPECT_EQ(layers[0].inputs.total(), 0U);
}

/// Picture i has the one byte i.
class Numbered : public Dataset {
 public:
  explicit Numbered(std::size_t size) : size_(size) {}
  std::size_t size() const override { return size_; }
  LabelledPicture at(std::size_t index) const override {
    return {{1, 1, 1, {static_cast<std::uint8_t>(index)}}, std::nullopt, ""};
  }

 private:
  std::size_t size_;
};

TEST(HistogramsTest, PicturesAreSpreadOverTheSet) {
  const auto chosen = [](std::size_t size, std::size_t count) {
    std::vector<int> bytes;
    for (const LabelledPicture& item : spread_pictures(Numbered(size), count))
      bytes.push_back(item.picture.bytes[0]);
    return bytes;
  };
  EXPECT_EQ(chosen(100, 4), (std::vector<int>{0, 40, 55, 96}));
  EXPECT_EQ(chosen(3, 16), (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(chosen(0, 16).empty());
}

}  // namespace
}  // namespace privquant
