#include "cli/quantize_report.h"

#include <fmt/format.h>

#include "cli/json_or_null.h"
#include "cli/table.h"

namespace privquant {

namespace {

std::string layers_text(const QuantizedNetwork& network) {
  Table table(
      {{"layer", Align::left}, {"weights"}, {"input"}, {"accumulator"}, {"sensitivity"}, {"MB"}, {"share"}});
  for (const LayerRow& row : network.layers) {
    table.add_row({row.name, fmt::format("{}", row.widths.weight_bits),
                   fmt::format("{}", row.widths.input_bits), accumulator_text(row), sensitivity_text(row),
                   megabytes_text(row.bytes), fmt::format("{:.1f} %", 100 * row.share)});
  }
  return table.text();
}

/// What cutting accumulators saves of each network; empty if nothing was cut.
std::string savings(const QuantizeResult& result) {
  std::string text;
  for (const QuantizedNetwork& network : result.networks) {
    if (network.bytes_saved == 0) continue;
    text += fmt::format("{}: cut accumulators save {:.1f} MB\n", network.bound.name,
                        static_cast<double>(network.bytes_saved) / 1e6);
  }
  return text;
}

std::string percent(std::optional<double> share) {
  return share ? fmt::format("{:.2f} %", 100 * *share) : "-";
}

}  // namespace

std::string sensitivity_text(const LayerRow& row) {
  return row.sensitivity ? fmt::format("{:.2e}", *row.sensitivity) : "-";
}

std::string accumulator_text(const LayerRow& row) {
  if (row.widths.accumulator_cut == 0) return fmt::format("{}", row.accumulator_bits);
  return fmt::format("{} (-{})", row.accumulator_bits, row.widths.accumulator_cut);
}

std::string to_text(const QuantizeResult& result) {
  std::string text;
  for (const QuantizedNetwork& network : result.networks)
    text += fmt::format("{}\n{}\n", network.path.string(), layers_text(network));
  if (result.real_accuracy)
    text += fmt::format("in real numbers {:.2f} % of {} test pictures\n", 100 * *result.real_accuracy,
                        result.test_pictures);
  Table table(
      {{"budget", Align::left}, {"accuracy"}, {"without training"}, {"MB"}, {"lan s"}, {"wan s"}, {"gap"}});
  for (const QuantizedNetwork& network : result.networks) {
    table.add_row({network.bound.name, percent(network.accuracy), percent(network.post_training_accuracy),
                   megabytes_text(network.bytes), fmt::format("{:.3f}", network.lan_seconds),
                   fmt::format("{:.2f}", network.wan_seconds), percent(network.gap)});
  }
  return text + table.text() + savings(result);
}

nlohmann::json to_json(const QuantizeResult& result) {
  nlohmann::json networks = nlohmann::json::array();
  for (const QuantizedNetwork& network : result.networks) {
    nlohmann::json layers = nlohmann::json::array();
    for (const LayerRow& row : network.layers) {
      layers.push_back({{"name", row.name},
                        {"weight_bits", row.widths.weight_bits},
                        {"input_bits", row.widths.input_bits},
                        {"accumulator_bits", row.accumulator_bits},
                        {"accumulator_cut", row.widths.accumulator_cut},
                        {"sensitivity", json_or_null(row.sensitivity)},
                        {"bytes", row.bytes}});
    }
    networks.push_back({{"bound", network.bound.name},
                        {"path", network.path.string()},
                        {"accuracy", json_or_null(network.accuracy)},
                        {"post_training_accuracy", json_or_null(network.post_training_accuracy)},
                        {"bytes", network.bytes},
                        {"bytes_saved", network.bytes_saved},
                        {"lan_seconds", network.lan_seconds},
                        {"wan_seconds", network.wan_seconds},
                        {"gap", json_or_null(network.gap)},
                        {"layers", layers}});
  }
  return {{"real_accuracy", json_or_null(result.real_accuracy)},
          {"test_pictures", result.test_pictures},
          {"interrupted", result.interrupted},
          {"networks", networks}};
}

}  // namespace privquant
