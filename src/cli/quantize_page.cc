#include "cli/quantize_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/html_page.h"
#include "cli/svg_chart.h"

namespace privquant {

namespace {

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

/// In percent; the axis is logarithmic, so that nothing wrong at all is drawn as a hundredth.
double wrong(double accuracy) { return std::max(100 * (1 - accuracy), 0.01); }

std::string budgets_section(const QuantizeResult& result) {
  PageTable table({"budget", "accuracy %", "without training %", "MB", "lan s", "wan s", "gap %"});
  for (const QuantizedNetwork& network : result.networks) {
    table.add_row({network.bound.name, fmt::format("{:.2f}", 100 * network.accuracy),
                   fmt::format("{:.2f}", 100 * network.post_training_accuracy),
                   fmt::format("{:.3f}", megabytes(network.bytes)),
                   fmt::format("{:.3f}", network.lan_seconds), fmt::format("{:.3f}", network.wan_seconds),
                   fmt::format("{:.2f}", 100 * network.gap)});
  }
  return table.html();
}

std::string accuracy_section(const QuantizeResult& result) {
  if (result.test_pictures == 0) return "<p>No test pictures were named, so no accuracy is known.</p>\n";
  Scatter chart{
      "Errors against bytes",
      "Filled: trained; open: rounded without training. Both axes are logarithmic; the line joins those "
      "that no other beats in both.",
      "MB",
      "% wrong",
      {}};
  for (const QuantizedNetwork& network : result.networks) {
    const double bytes = megabytes(network.bytes);
    chart.points.push_back({network.bound.name, network.bound.name, bytes, wrong(network.accuracy), true});
    chart.points.push_back(
        {network.bound.name + " without training", "", bytes, wrong(network.post_training_accuracy), false});
  }
  return fmt::format(
             "<h2>Errors against bytes</h2>\n<p>In real numbers {:.2f} % of {} test pictures are "
             "wrong.</p>\n",
             100 * (1 - result.real_accuracy), result.test_pictures) +
         chart.svg();
}

std::string layers_section(const QuantizedNetwork& network) {
  const std::vector<std::string> names{"weights", "input"};
  StackedBars chart{
      "Bits by layer of " + network.bound.name,
      "For each layer the widths of its weights and of what it reads; the table has the same numbers.",
      "bits",
      names,
      {}};
  PageTable table({"layer", "weights", "input", "accumulator", "sensitivity", "MB", "share %"});
  for (const LayerRow& row : network.layers) {
    const auto bar = [&](std::size_t series, int bits) {
      return Bar{fmt::format("{}", bits),
                 {{series, static_cast<double>(bits),
                   fmt::format("{}, {}: {} bits", row.name, names[series], bits)}}};
    };
    chart.groups.push_back({row.name, {bar(0, row.widths.weight_bits), bar(1, row.widths.input_bits)}});
    table.add_row({row.name, fmt::format("{}", row.widths.weight_bits),
                   fmt::format("{}", row.widths.input_bits), fmt::format("{}", row.accumulator_bits),
                   fmt::format("{:.2e}", row.sensitivity), fmt::format("{:.3f}", megabytes(row.bytes)),
                   fmt::format("{:.1f}", 100 * row.share)});
  }
  return fmt::format("<h2>Layers at {}</h2>\n{}{}<details><summary>As a table</summary>\n{}</details>\n",
                     escape_markup(network.bound.name), legend(names), chart.svg(), table.html());
}

}  // namespace

std::string quantize_page(const std::string& network, const QuantizeResult& result) {
  std::string body = fmt::format("<h1>{} quantised</h1>\n", escape_markup(network));
  body += budgets_section(result) + accuracy_section(result);
  for (const QuantizedNetwork& each : result.networks) body += layers_section(each);
  return html_page(network + " quantised", body);
}

}  // namespace privquant
