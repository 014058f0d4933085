#include "quant/integer_accuracy.h"

#include <atomic>

#include "base/parallel_for.h"
#include "nn/executor.h"
#include "quant/training_set.h"

namespace privquant {

double integer_accuracy(const Model& model, const Dataset& pictures, unsigned threads) {
  std::atomic<std::size_t> right = 0;
  parallel_for(
      pictures.size(), 16,
      [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          const LabelledPicture item = pictures.at(i);
          const IntegerTensor input = input_of(model.graph, item);
          if (static_cast<int>(argmax(run_plaintext(model, input))) == item.label) ++right;
        }
      },
      threads);
  return static_cast<double>(right) / static_cast<double>(pictures.size());
}

}  // namespace privquant
