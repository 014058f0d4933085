#include "cli/random_input.h"

#include <random>

namespace privquant {

IntegerTensor random_input(const Graph& graph, std::uint64_t seed) {
  const Node& node = graph.input();
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<std::int64_t> value(node.type.min(), node.type.max());
  IntegerTensor input{node.type, node.shape, std::vector<std::int64_t>(node.shape.elements())};
  for (std::int64_t& element : input.values) element = value(generator);
  return input;
}

}  // namespace privquant
