// Small models for tests: shapes and exponents follow from the inputs.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "nn/graph.h"

namespace privquant {

inline TensorType signed_type(int bits, int exponent = 0) { return {bits, true, exponent}; }
inline TensorType unsigned_type(int bits, int exponent = 0) { return {bits, false, exponent}; }

/// Builds a model node by node; the first node is the input.
class ModelMaker {
 public:
  ModelMaker(Shape shape, TensorType type) {
    model.graph.name = "test";
    model.graph.preprocessing.mean.assign(static_cast<std::size_t>(shape.channels), 0.0);
    model.graph.preprocessing.deviation.assign(static_cast<std::size_t>(shape.channels), 1.0);
    model.graph.nodes.push_back({"input", Input{}, {}, type, shape});
    model.weights.emplace_back();
  }

  /// The exponent of `type` is replaced where the operator fixes it.
  NodeId add(Operator op, std::vector<NodeId> inputs, TensorType type,
             std::optional<LayerWeights> weights = std::nullopt) {
    const NodeId id = model.graph.nodes.size();
    Node node{"node" + std::to_string(id), std::move(op), std::move(inputs), type, {}};
    node.shape = infer_shape(model.graph, node);
    node.type.exponent = infer_exponent(model.graph, node);
    model.graph.nodes.push_back(std::move(node));
    model.weights.push_back(std::move(weights));
    return id;
  }

  Model model;
};

/// Expects f to throw Error with `code` and with every one of `words` in its sentence.
template <typename F>
void expect_error(ErrorCode code, const std::vector<std::string>& words, F&& f) {
  try {
    f();
    ADD_FAILURE() << "no error was thrown; expected one about " << (words.empty() ? "anything" : words[0]);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "no '" << word << "' in: " << error.what();
    }
  }
}

/// Signed weights over the whole range of their type.
inline std::vector<std::int16_t> random_weights(std::size_t count, int bits, std::mt19937_64& generator) {
  std::uniform_int_distribution<int> weight(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
  std::vector<std::int16_t> result(count);
  for (auto& value : result) value = static_cast<std::int16_t>(weight(generator));
  return result;
}

inline IntegerTensor random_tensor(const TensorType& type, const Shape& shape, std::mt19937_64& generator) {
  std::uniform_int_distribution<std::int64_t> value(type.min(), type.max());
  IntegerTensor result{type, shape, std::vector<std::int64_t>(shape.elements())};
  for (auto& element : result.values) element = value(generator);
  return result;
}

/// A network with every operator but ArgMax: valid, of random weights.
Model every_operator_model(std::uint64_t seed);

}  // namespace privquant
