// What the planner weighed for a layer, and why it took what it took.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "plan/plan.h"

namespace privquant {

/// Both: @throws Error(usage) if the network has no such layer.
std::string explanation_text(const Graph& graph, const Plan& plan, const std::string& layer);
/// {"layer", "profile", "decisions": [{"subject", "chosen", "candidates": [{"name", "bytes", "why"}]}]}
nlohmann::ordered_json explanation_json(const Graph& graph, const Plan& plan, const std::string& layer);

}  // namespace privquant
