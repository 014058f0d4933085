// What `privquant quantize` says in the end.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "quant/quantize.h"

namespace privquant {

/// A table per layer for each network, and a line per network.
std::string to_text(const QuantizeResult& result);
/// {"real_accuracy","test_pictures","interrupted","networks":[{"bound","path","accuracy","post_training_accuracy",
/// "bytes","bytes_saved","lan_seconds","wan_seconds","gap","layers":[…]}]}; accuracies are null without test pictures.
nlohmann::json to_json(const QuantizeResult& result);

/// Its width, and in brackets by how much it is cut.
std::string accumulator_text(const LayerRow& row);

}  // namespace privquant
