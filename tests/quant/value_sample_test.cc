#include "quant/value_sample.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace privquant {
namespace {

TEST(ValueSample, IsTheSameWhateverPartsCome) {
  const torch::Tensor values = torch::arange(1000, torch::kFloat32);
  for (const std::int64_t most : {1000, 999, 300, 7, 1}) {
    ValueSample whole(1000, most);
    whole.add(values);
    EXPECT_LE(whole.values().numel(), most);
    EXPECT_GE(whole.values().numel(), most / 3);
    for (const std::int64_t size : {1, 3, 64, 999}) {
      ValueSample parts(1000, most);
      for (std::int64_t first = 0; first < 1000; first += size)
        parts.add(values.narrow(0, first, std::min<std::int64_t>(size, 1000 - first)));
      EXPECT_TRUE(torch::equal(parts.values(), whole.values())) << most << " " << size;
    }
  }
}

TEST(ValueSample, KeepsAllWhereAllFit) {
  const torch::Tensor values = torch::rand({2, 3, 4, 5});
  ValueSample sample(120, 120);
  sample.add(values.narrow(0, 0, 1));
  sample.add(values.narrow(0, 1, 1));
  EXPECT_TRUE(torch::equal(sample.values(), values.flatten()));
}

TEST(ValueSample, MeetsEveryColumn) {
  ValueSample sample(64 * 64, 64 * 4);
  sample.add(torch::arange(64).expand({64, 64}).to(torch::kFloat32));
  EXPECT_EQ(std::get<0>(torch::_unique(sample.values())).numel(), 64);
}

}  // namespace
}  // namespace privquant
