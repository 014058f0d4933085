#include "quant/compare_sensitivity.h"

#include <gtest/gtest.h>

#include "small_real_model.h"

namespace privquant {
namespace {

TEST(RankCorrelation, SeesOrderAlone) {
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {1, 10, 100, 1000}), 1);
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {-1, -2, -3, -4}), -1);
  // Ranks 0, 1, 2, 3 and 1, 0, 3, 2: 1 − 6·4 / (4·15).
  EXPECT_DOUBLE_EQ(rank_correlation({1, 2, 3, 4}, {2, 1, 4, 3}), 0.6);
}

TEST(RankCorrelation, EqualValuesShareTheirRank) {
  EXPECT_DOUBLE_EQ(rank_correlation({5, 5, 5}, {1, 2, 3}), 0);
  EXPECT_NEAR(rank_correlation({1, 1, 2, 2}, {1, 2, 3, 4}), 0.894427, 1e-6);
}

TEST(CompareSensitivity, PredictionsFollowTheMeasuredLoss) {
  at::set_num_threads(1);
  torch::manual_seed(3);
  const RealModel model = small_real_model();
  std::vector<double> heard;
  const SensitivityComparison comparison =
      compare_sensitivity(model, bars(200), bars(300), 2, 1, 1, [&](double part) { heard.push_back(part); });
  // conv2 and conv3, weights and inputs, 2 to 7 bits.
  ASSERT_EQ(comparison.rows.size(), 24U);
  EXPECT_EQ(comparison.rows.front().layer, "conv2");
  EXPECT_EQ(comparison.rows.front().bits, 2);
  EXPECT_GT(comparison.rows.front().measured, comparison.rows[5].measured);
  EXPECT_GT(comparison.fisher_of_weights, 0.3);
  EXPECT_GT(comparison.fisher_of_inputs, 0.3);
  EXPECT_EQ(heard, (std::vector<double>{0.5, 1}));
  EXPECT_LT(comparison.loss, 0.5);
}

}  // namespace
}  // namespace privquant
