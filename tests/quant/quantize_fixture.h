// A small network and pictures of bars, for tests of quantize().
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "data/picture.h"
#include "data/temporary_folder.h"
#include "quant/quantize.h"
#include "small_real_model.h"

namespace privquant {

class QuantizeTest : public testing::Test {
 protected:
  QuantizeTest() {
    at::set_num_threads(1);
    model_ = small_real_model();
    torch::manual_seed(3);
    options_.training_pictures = write_bars(folder_, "train", 400);
    options_.test_pictures = write_bars(folder_, "test", 200);
    options_.output = folder_.path() / "small.pqm";
    options_.threads = 1;
    options_.epochs = 4;
    options_.largest_shift = 0;
    options_.bounds = {{Bound::Kind::fraction, 0.5, {}, "0.5"}};
  }

  static double predicted(const QuantizedNetwork& network) {
    double sum = 0;
    for (const LayerRow& row : network.layers) sum += row.sensitivity.value_or(0);
    return sum;
  }

  TemporaryFolder folder_;
  RealModel model_;
  QuantizeOptions options_;
};

}  // namespace privquant
