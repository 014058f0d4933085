// A trained network in real numbers (.pqg): what an importer makes and the quantiser starts from.
//
// The graph is one of graph.h without Requantise and ArgMax; batch normalisation is folded. Its types mean nothing
// but for a Clip's exponent: its bounds are integers times 2^exponent, here as everywhere.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "nn/graph.h"

namespace privquant {

/// weights[out][in / groups][row][column], bias[out]; finite. Secret.
struct RealWeights {
  std::vector<float> weights;
  std::vector<float> bias;
  bool operator==(const RealWeights&) const = default;
};

/// By node; set where a node is a Conv2d or Linear.
using AllRealWeights = std::vector<std::optional<RealWeights>>;

struct RealModel {
  Graph graph;
  AllRealWeights weights;
  bool operator==(const RealModel&) const = default;
};

/// The type that nodes of a real model have where it means nothing.
inline constexpr TensorType unquantised{32, true, 0};

/// Ids, names, arity, shapes, sizes, counts and finiteness. @throws Error(model) naming the node.
void validate(const RealModel& model);

/// @throws Error(file) with what to do: missing, truncated, another kind, a newer version; Error(model).
RealModel load_real_model(const std::filesystem::path& path);
/// Writes beside and renames.
void save_real_model(const RealModel& model, const std::filesystem::path& path);
std::string serialise_real_model(const RealModel& model);
/// @throws Error(file | model). Safe on hostile bytes.
RealModel parse_real_model(Bytes bytes);

}  // namespace privquant
