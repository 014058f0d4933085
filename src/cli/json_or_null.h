// Figures that may be unknown, in JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace privquant {

inline nlohmann::json json_or_null(std::optional<double> figure) {
  return figure ? nlohmann::json(*figure) : nlohmann::json();
}

}  // namespace privquant
