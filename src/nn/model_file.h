// Model files (.pqm) and public contracts (.pqc): versioned protobuf, proto/privquant.proto.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "nn/graph.h"

namespace privquant {

inline constexpr std::size_t max_contract_bytes = std::size_t{4} << 20;
inline constexpr std::size_t max_model_bytes = std::size_t{1} << 30;

using Hash = std::array<std::uint8_t, 32>;
std::string to_hex(const Hash& hash);

/// @throws Error(file) with what to do: missing, truncated, another kind, a newer version; Error(model).
Model load_model(const std::filesystem::path& path);
/// Writes beside and renames.
void save_model(const Model& model, const std::filesystem::path& path);

/// The contract of a model file or a contract file.
Graph load_graph(const std::filesystem::path& path);
void save_contract(const Graph& graph, const std::filesystem::path& path);

/// Canonical bytes; equal graphs give equal bytes.
std::string serialise_contract(const Graph& graph);
/// @throws Error(file | model). Safe on hostile bytes.
Graph parse_contract(Bytes bytes);
std::string serialise_model(const Model& model);
Model parse_model(Bytes bytes);

/// SHA-256 of serialise_contract.
Hash contract_hash(const Graph& graph);

}  // namespace privquant
