// What `privquant quantize` says in the end.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "quant/quantize.h"

namespace privquant {

/// A table per layer for each network, and a line per network.
std::string to_text(const QuantizeResult& result);
/// {"real_accuracy","test_pictures","interrupted","networks":[{"bound","path","accuracy","post_training_accuracy",
/// "bytes","bytes_saved","lan_seconds","wan_seconds","gap","layers":[…]}]}; null: accuracies
/// without test pictures, a gap without a search, sensitivities of layers whose widths nobody chose.
nlohmann::json to_json(const QuantizeResult& result);

/// "-" if it is not known.
std::string sensitivity_text(const LayerRow& row);

/// Its width, and in brackets by how much it is cut.
std::string accumulator_text(const LayerRow& row);

}  // namespace privquant
