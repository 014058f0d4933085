#include "quant/value_sample.h"

#include <torch/types.h>

#include "base/error.h"

namespace privquant {

ValueSample::ValueSample(std::int64_t total, std::int64_t most)
    // An odd step meets all columns of pictures whose width is a power of two.
    : step_(((total + most - 1) / most) | 1), kept_(torch::empty({(total + step_ - 1) / step_})) {
  PQ_CHECK(total > 0 && most > 0);
}

void ValueSample::add(const torch::Tensor& part) {
  const torch::Tensor flat = part.contiguous().flatten();
  const std::int64_t first = next_ - seen_;
  seen_ += flat.numel();
  if (first >= flat.numel()) return;
  const torch::Tensor found = flat.slice(0, first, flat.numel(), step_);
  kept_.narrow(0, next_ / step_, found.numel()).copy_(found);
  next_ += found.numel() * step_;
}

}  // namespace privquant
