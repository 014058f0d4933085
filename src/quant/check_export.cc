#include "quant/check_export.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "nn/executor.h"
#include "quant/fake_quantise.h"

namespace privquant {
namespace {

/// One picture's result, as it would be in integers.
torch::Tensor in_units(const torch::Tensor& results, std::int64_t picture, int exponent) {
  return (results[picture].to(torch::kFloat64) * std::ldexp(1.0, -exponent)).flatten().contiguous();
}

bool equal(const torch::Tensor& real, const IntegerTensor& integers) {
  if (static_cast<std::size_t>(real.numel()) != integers.values.size()) return false;
  const double* value = real.data_ptr<double>();
  return std::equal(integers.values.begin(), integers.values.end(), value,
                    [](std::int64_t integer, double exact) { return static_cast<double>(integer) == exact; });
}

IntegerTensor input_of(const Graph& graph, const torch::Tensor& pictures, std::int64_t picture) {
  const Node& node = graph.input();
  const torch::Tensor values = in_units(pictures, picture, node.type.exponent);
  IntegerTensor input{node.type, node.shape, {}};
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    input.values.push_back(static_cast<std::int64_t>(values.data_ptr<double>()[i]));
  }
  return input;
}

}  // namespace

void check_export(TrainableNetwork& network, const Model& model, const torch::Tensor& fine_pictures) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor pictures = fake_quantise(fine_pictures, model.graph.input().type);
  network.eval();
  std::vector<torch::Tensor> expected;
  network.forward(pictures, [&](NodeId, const torch::Tensor& result) { expected.push_back(result); });
  for (std::int64_t picture = 0; picture < pictures.size(0); ++picture) {
    const IntegerTensor input = input_of(model.graph, pictures, picture);
    run_plaintext(model, input, [&](NodeId id, const IntegerTensor& result) {
      const Node& node = model.graph.nodes[id];
      if (!equal(in_units(expected[id], picture, node.type.exponent), result)) {
        fail(ErrorCode::internal,
             "layer {} computes something else in integers than in training (picture {}); please report it",
             node.name, picture);
      }
    });
  }
}

}  // namespace privquant
