#include "quant/fake_quantise.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace privquant {
namespace {

TEST(FakeQuantise, IsRoundHalfUpThenClip) {
  for (const TensorType type : {TensorType{4, false, -3}, TensorType{4, true, 0}, TensorType{8, false, 2}}) {
    const torch::Tensor values = torch::arange(-4000, 4000).to(torch::kFloat32) / 64;
    const torch::Tensor result = fake_quantise(values, type);
    for (std::int64_t i = 0; i < values.size(0); ++i) {
      const double unit = std::ldexp(1.0, type.exponent);
      const double expected = std::clamp(std::floor(values[i].item<double>() / unit + 0.5),
                                         static_cast<double>(type.min()), static_cast<double>(type.max()));
      ASSERT_EQ(result[i].item<double>(), expected * unit) << values[i].item<double>();
    }
  }
}

TEST(FakeQuantise, GradientStopsWhereItClips) {
  torch::Tensor values = torch::tensor({-0.4F, 0.3F, 7.4F, 14.9F, 16.0F}).requires_grad_();
  fake_quantise(values, {4, false, 0}).sum().backward();
  EXPECT_TRUE(values.grad().equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F, 0.0F})));
}

TEST(FakeQuantise, WeightsKeepTheirGradientWhenClipped) {
  torch::Tensor weights = torch::tensor({-20.0F, 0.3F, 20.0F}).requires_grad_();
  const torch::Tensor result = fake_quantise_weights(weights, {4, true, 0});
  EXPECT_TRUE(result.equal(torch::tensor({-8.0F, 0.0F, 7.0F})));
  result.sum().backward();
  EXPECT_TRUE(weights.grad().equal(torch::ones(3)));
}

TEST(FakeQuantise, BiasIsRoundedNotClipped) {
  const torch::Tensor result = fake_quantise_bias(torch::tensor({1000.13F, -0.125F, -1000.3F}), -2);
  EXPECT_TRUE(result.equal(torch::tensor({1000.25F, 0.0F, -1000.25F})));
}

TEST(ChooseExponent, ExactWhenTheValuesLieOnAGrid) {
  EXPECT_EQ(choose_exponent(torch::arange(0, 16) * 0.25, 4, false), -2);
  EXPECT_EQ(choose_exponent(torch::arange(-7, 8) * 32.0, 4, true), 5);
}

TEST(ChooseExponent, OneOutlierIsClippedForTheSakeOfTheRest) {
  torch::manual_seed(1);
  const torch::Tensor values = torch::cat({torch::rand({10000}) * 15, torch::full({1}, 40.0)});
  EXPECT_EQ(choose_exponent(values, 4, false), 0);
}

TEST(ChooseExponent, AllZeroIsNoAccident) {
  EXPECT_TRUE(fake_quantise(torch::zeros(5), {4, false, choose_exponent(torch::zeros(5), 4, false)})
                  .equal(torch::zeros(5)));
}

}  // namespace
}  // namespace privquant
