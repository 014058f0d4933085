// Contracts that were fetched once and are trusted from then on.
#pragma once

#include <filesystem>
#include <optional>

#include "net/endpoint.h"
#include "service/client.h"

namespace privquant {

/// $XDG_CACHE_HOME/privquant/HOST_PORT.pqc, or the same under ~/.cache.
/// @throws Error(usage) if neither is known.
std::filesystem::path kept_contract_path(const Endpoint& server);

/// None if there is no such file. @throws Error(file | model) if it is damaged.
std::optional<KnownContract> load_kept_contract(const std::filesystem::path& path);

/// Makes the folder, too. @throws Error(file)
void keep_contract(const Graph& graph, const std::filesystem::path& path);

}  // namespace privquant
