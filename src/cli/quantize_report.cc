#include "cli/quantize_report.h"

#include <fmt/format.h>

namespace privquant {

namespace {

std::string layer_table(const QuantizedNetwork& network) {
  std::string text = fmt::format("{:<28} {:>7} {:>6} {:>11} {:>11} {:>9} {:>6}\n", "layer", "weights",
                                 "input", "accumulator", "sensitivity", "MB", "share");
  for (const LayerRow& row : network.layers) {
    text += fmt::format("{:<28} {:>7} {:>6} {:>11} {:>11.2e} {:>9.3f} {:>5.1f}%\n", row.name,
                        row.widths.weight_bits, row.widths.input_bits, row.accumulator_bits, row.sensitivity,
                        static_cast<double>(row.bytes) / 1e6, 100 * row.share);
  }
  return text;
}

std::string percent(double share, bool known) { return known ? fmt::format("{:.2f} %", 100 * share) : "-"; }

}  // namespace

std::string to_text(const QuantizeResult& result) {
  const bool tested = result.test_pictures > 0;
  std::string text;
  for (const QuantizedNetwork& network : result.networks)
    text += fmt::format("{}\n{}\n", network.path.string(), layer_table(network));
  if (tested)
    text += fmt::format("in real numbers {:.2f} % of {} test pictures\n", 100 * result.real_accuracy,
                        result.test_pictures);
  text += fmt::format("{:<12} {:>10} {:>16} {:>10} {:>8} {:>8} {:>7}\n", "budget", "accuracy",
                      "without training", "MB", "lan s", "wan s", "gap");
  for (const QuantizedNetwork& network : result.networks) {
    text += fmt::format("{:<12} {:>10} {:>16} {:>10.3f} {:>8.3f} {:>8.2f} {:>6.2f}%\n", network.bound.name,
                        percent(network.accuracy, tested), percent(network.post_training_accuracy, tested),
                        static_cast<double>(network.bytes) / 1e6, network.lan_seconds, network.wan_seconds,
                        100 * network.gap);
  }
  return text;
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
                        {"sensitivity", row.sensitivity},
                        {"bytes", row.bytes}});
    }
    networks.push_back({{"bound", network.bound.name},
                        {"path", network.path.string()},
                        {"accuracy", network.accuracy},
                        {"post_training_accuracy", network.post_training_accuracy},
                        {"bytes", network.bytes},
                        {"lan_seconds", network.lan_seconds},
                        {"wan_seconds", network.wan_seconds},
                        {"gap", network.gap},
                        {"layers", layers}});
  }
  return {{"real_accuracy", result.real_accuracy},
          {"test_pictures", result.test_pictures},
          {"interrupted", result.interrupted},
          {"networks", networks}};
}

}  // namespace privquant
