#include "cli/quantize_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/html_page.h"
#include "cli/quantize_report.h"
#include "cli/svg_chart.h"
#include "cli/table.h"
#include "cli/types_text.h"

namespace privquant {

namespace {

/// In percent; the axis is logarithmic, so that nothing wrong at all is drawn as a hundredth.
double wrong(double accuracy) { return std::max(100 * (1 - accuracy), 0.01); }

std::string budgets_section(const QuantizeResult& result) {
  PageTable table(
      {"budget", "accuracy %", "without training %", "MB", "MB saved by cuts", "lan s", "wan s", "gap %"});
  const auto percent = [](std::optional<double> share) {
    return share ? fmt::format("{:.2f}", 100 * *share) : "-";
  };
  for (const QuantizedNetwork& network : result.networks) {
    table.add_row({network.bound.name, percent(network.accuracy), percent(network.post_training_accuracy),
                   megabytes_text(network.bytes),
                   fmt::format("{:.1f}", static_cast<double>(network.bytes_saved) / 1e6),
                   fmt::format("{:.3f}", network.lan_seconds), fmt::format("{:.3f}", network.wan_seconds),
                   percent(network.gap)});
  }
  return table.html();
}

std::string accuracy_section(const QuantizeResult& result) {
  if (!result.real_accuracy) return "<p>No test pictures were named, so no accuracy is known.</p>\n";
  Scatter chart{
      "Errors against bytes",
      "Filled: trained; open: rounded without training. Both axes are logarithmic; the line joins those "
      "that no other beats in both.",
      "MB",
      "% wrong",
      {}};
  for (const QuantizedNetwork& network : result.networks) {
    const double bytes = megabytes(network.bytes);
    const auto add = [&](const std::string& what, std::optional<double> accuracy, bool trained) {
      if (!accuracy) return;
      chart.points.push_back(
          {network.bound.name + what, trained ? network.bound.name : "", bytes, wrong(*accuracy), trained});
    };
    add("", network.accuracy, true);
    add(" without training", network.post_training_accuracy, false);
  }
  return fmt::format(
             "<h2>Errors against bytes</h2>\n<p>In real numbers {:.2f} % of {} test pictures are "
             "wrong.</p>\n",
             100 * (1 - *result.real_accuracy), result.test_pictures) +
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
                   fmt::format("{}", row.widths.input_bits), accumulator_text(row), sensitivity_text(row),
                   megabytes_text(row.bytes), fmt::format("{:.1f}", 100 * row.share)});
  }
  return fmt::format("<h2>Layers at {}</h2>\n{}{}<details><summary>As a table</summary>\n{}</details>\n",
                     escape_markup(network.bound.name), legend(names), chart.svg(), table.html());
}

/// A chart with its numbers below it.
std::string histogram_figure(const std::string& layer, const std::string& what, const Histogram& histogram) {
  const TensorType& type = histogram.type();
  const std::string shares = fmt::format("{:.2f} % at the limits, {:.1f} % zeros",
                                         100 * histogram.at_limits(), 100 * histogram.zeros());
  const Columns chart{fmt::format("{} of {}", what, layer),
                      fmt::format("{} values of {}: {}.", histogram.total(), width_text(type), shares),
                      fmt::format("{}", type.min()), fmt::format("{}", type.max()), histogram.counts()};
  return fmt::format("<figure>\n{}<figcaption>{}, {}: {}, {}</figcaption>\n</figure>\n", chart.svg(),
                     escape_markup(layer), what, width_text(type), shares);
}

std::string histograms_section(const QuantizedNetwork& network) {
  std::string figures;
  for (const LayerHistograms& layer : network.histograms) {
    figures += histogram_figure(layer.name, "weights", layer.weights) +
               histogram_figure(layer.name, "input", layer.inputs);
  }
  return fmt::format(
      "<details><summary>Weights and activations of each layer</summary>\n<p class=\"note\">How often each "
      "integer occurs among a layer's weights, and among what it reads on a few training pictures. Heights "
      "are square roots of counts, so that rare values show. Many values at the limits of a type mean that "
      "it clips.</p>\n<div class=\"multiples\">\n{}</div>\n</details>\n",
      figures);
}

}  // namespace

std::string quantize_page(const std::string& network, const QuantizeResult& result) {
  std::string body = fmt::format("<h1>{} quantised</h1>\n", escape_markup(network));
  body += budgets_section(result) + accuracy_section(result);
  for (const QuantizedNetwork& each : result.networks)
    body += layers_section(each) + histograms_section(each);
  return html_page(network + " quantised", body);
}

}  // namespace privquant
