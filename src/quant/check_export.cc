#include "quant/check_export.h"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "nn/executor.h"
#include "quant/exponents.h"
#include "quant/fake_quantise.h"
#include "quant/training_set.h"

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

IntegerTensor integers_of(const Graph& graph, const torch::Tensor& pictures, std::int64_t picture) {
  const Node& node = graph.input();
  const torch::Tensor values = in_units(pictures, picture, node.type.exponent);
  IntegerTensor input{node.type, node.shape, {}};
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    input.values.push_back(static_cast<std::int64_t>(values.data_ptr<double>()[i]));
  }
  return input;
}

void check_batch(TrainableNetwork& network, const Model& model, const torch::Tensor& pictures) {
  std::vector<torch::Tensor> expected;
  network.forward(pictures, [&](NodeId, const torch::Tensor& result) { expected.push_back(result); });
  for (std::int64_t picture = 0; picture < pictures.size(0); ++picture) {
    const IntegerTensor input = integers_of(model.graph, pictures, picture);
    run_plaintext(model, input, [&](NodeId id, const IntegerTensor& result) {
      const Node& node = model.graph.nodes[id];
      if (!equal(in_units(expected[id], picture, node.type.exponent), result)) {
        fail(ErrorCode::internal,
             "layer {} computes something else in integers than in training; please report it", node.name);
      }
    });
  }
}

void check_all(TrainableNetwork& network, const Model& model, const torch::Tensor& pictures) {
  network.eval();
  const std::int64_t count = pictures.size(0);
  const std::int64_t most = pictures_at_once(model.graph);
  for (std::int64_t first = 0; first < count; first += most)
    check_batch(network, model, pictures.narrow(0, first, std::min(most, count - first)));
}

/// Whether floats hold every value and every partial sum: a sum's type holds the whole sum and 0, so that before its bias
/// is added it is less than twice as large.
bool floats_are_exact(const Graph& graph) {
  return std::all_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return node.type.bits - (node.type.is_signed ? 1 : 0) < std::numeric_limits<float>::digits;
  });
}

/// What the integers stand for.
AllRealWeights real_weights(const Model& model) {
  AllRealWeights result(model.weights.size());
  for (NodeId id = 0; id < result.size(); ++id) {
    if (!model.weights[id]) continue;
    const Node& node = model.graph.nodes[id];
    const auto in_reals = [](const auto& integers, int exponent) {
      std::vector<float> reals;
      reals.reserve(integers.size());
      for (const auto integer : integers)
        reals.push_back(static_cast<float>(std::ldexp(static_cast<double>(integer), exponent)));
      return reals;
    };
    result[id] = {in_reals(model.weights[id]->weights, weight_type(node)->exponent),
                  in_reals(model.weights[id]->bias, node.type.exponent)};
  }
  return result;
}

}  // namespace

void check_export(TrainableNetwork& network, const Model& model, const torch::Tensor& fine_pictures) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor pictures = fake_quantise(fine_pictures, model.graph.input().type);
  if (floats_are_exact(model.graph)) return check_all(network, model, pictures);
  // Biases came from floats, so that floats hold them.
  TrainableNetwork exact(model.graph, real_weights(model));
  exact.quantise();
  exact.to(torch::kFloat64);
  check_all(exact, model, pictures.to(torch::kFloat64));
}

}  // namespace privquant
