#include "cli/compare_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "cli/html_page.h"
#include "cli/svg_chart.h"
#include "cli/table.h"

namespace privquant {

namespace {

/// What charts call a profile: its place and its name without the model, since names can be long.
std::string label_of(const Comparison& comparison, std::size_t profile) {
  const std::string& name = comparison.profiles[profile].name;
  return fmt::format("{} {}", profile + 1, name.substr(0, name.find('@')));
}

/// With its place, as the charts have it.
std::string numbered_name(const Comparison& comparison, std::size_t profile) {
  return fmt::format("{} {}", profile + 1, comparison.profiles[profile].name);
}

/// Functionalities of all profiles, the costliest first: their place gives their colour.
std::vector<std::string> functionalities(const Comparison& comparison) {
  std::map<std::string, std::uint64_t> bytes;
  for (const ComparedProfile& profile : comparison.profiles) {
    for (const ComparedLayer& layer : profile.layers) {
      for (const auto& [name, part] : layer.by_functionality) bytes[name] += part;
    }
  }
  std::vector<std::string> names;
  names.reserve(bytes.size());
  for (const auto& [name, sum] : bytes) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return bytes[a] > bytes[b]; });
  return names;
}

std::string heading(const Comparison& comparison) {
  return fmt::format(
      "<h1>{}: private inference compared</h1>\n<p>Link: {}{}. Bytes count both ways, preparation and online "
      "together unless said otherwise; set-up (once a session) is apart. {}</p>\n",
      escape_markup(comparison.network), escape_markup(comparison.link), threads_text(comparison),
      escape_markup("Predicted " + comparison.calibration + "."));
}

std::string profiles_section(const Comparison& comparison) {
  const ComparedProfile& base = comparison.profiles.back();
  PageTable table({"profile", " OT extension", "MB", "×", "online MB", "×", "rounds", "×", "online rounds",
                   "seconds", "×", "online seconds", " seconds are"});
  for (std::size_t i = 0; i < comparison.profiles.size(); ++i) {
    const ComparedProfile& profile = comparison.profiles[i];
    const auto times = [](auto value, auto other) {
      return other > 0 ? fmt::format("{:.2f}", static_cast<double>(value) / static_cast<double>(other))
                       : std::string();
    };
    table.add_row({numbered_name(comparison, i), " " + profile.extension, megabytes_text(profile.bytes),
                   times(profile.bytes, base.bytes), megabytes_text(profile.bytes_online),
                   times(profile.bytes_online, base.bytes_online), fmt::format("{}", profile.rounds),
                   times(profile.rounds, base.rounds), fmt::format("{}", profile.rounds_online),
                   fmt::format("{:.3f}", profile.seconds), times(profile.seconds, base.seconds),
                   fmt::format("{:.3f}", profile.seconds_online),
                   profile.measured ? " measured" : " predicted"});
  }
  return fmt::format(
      "<h2>Profiles</h2>\n{}<p class=\"note\">× as many as {}. Charts name the profiles by their "
      "numbers.</p>\n",
      table.html(), escape_markup(base.name));
}

/// `label` is the profile's.
Bar layer_bar(const std::string& label, const ComparedLayer& layer, const std::vector<std::string>& names) {
  Bar bar{fmt::format("{}: {:.3g}", label, megabytes(layer.bytes)), {}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto part = layer.by_functionality.find(names[i]);
    if (part == layer.by_functionality.end()) continue;
    bar.segments.push_back(
        {i, megabytes(part->second),
         fmt::format("{}, {}, {}: {} MB", label, layer.name, names[i], megabytes_text(part->second))});
  }
  return bar;
}

StackedBars layer_chart(const Comparison& comparison, const std::vector<std::string>& names) {
  StackedBars chart{"Bytes by layer and functionality",
                    "For each layer one bar a profile, stacked by functionality; the table below has the "
                    "same numbers.",
                    "MB",
                    names,
                    {}};
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < comparison.profiles.size(); ++i) {
    for (const ComparedLayer& layer : comparison.profiles[i].layers) {
      if (layer.bytes == 0) continue;
      const auto [row, is_new] = rows.try_emplace(layer.name, chart.groups.size());
      if (is_new) chart.groups.push_back({layer.name, {}});
      chart.groups[row->second].bars.push_back(layer_bar(label_of(comparison, i), layer, names));
    }
  }
  return chart;
}

std::string layers_section(const Comparison& comparison) {
  const auto names = functionalities(comparison);
  std::string result =
      "<h2>Bytes by layer and functionality</h2>\n" + legend(names) + layer_chart(comparison, names).svg();
  for (std::size_t i = 0; i < comparison.profiles.size(); ++i) {
    const ComparedProfile& profile = comparison.profiles[i];
    PageTable table({"layer", " operator", "bytes", "online bytes", "rounds", "ms", " protocol"});
    for (const ComparedLayer& layer : profile.layers) {
      table.add_row({layer.name, " " + layer.op, fmt::format("{}", layer.bytes),
                     fmt::format("{}", layer.bytes_online), fmt::format("{}", layer.rounds),
                     fmt::format("{:.2f}", layer.seconds * 1e3), " " + layer.protocol});
    }
    result += fmt::format("<details><summary>Layers of {}</summary>\n{}</details>\n",
                          escape_markup(numbered_name(comparison, i)), table.html());
  }
  return result;
}

std::string pareto_section(const Comparison& comparison) {
  Scatter chart{"Bytes against time",
                "Each point is a profile, or a profile without one pass; both axes are logarithmic; the line "
                "joins those that no other "
                "beats in both.",
                "MB",
                "seconds",
                {}};
  for (std::size_t i = 0; i < comparison.profiles.size(); ++i) {
    const ComparedProfile& profile = comparison.profiles[i];
    chart.points.push_back({numbered_name(comparison, i), label_of(comparison, i), megabytes(profile.bytes),
                            profile.seconds, true});
  }
  for (const Ablation& ablation : comparison.ablations) {
    for (const AblationEntry& entry : ablation.entries) {
      if (entry.without.empty()) continue;
      chart.points.push_back({fmt::format("{} without {} (predicted)", ablation.profile, entry.without), "",
                              megabytes(entry.bytes), entry.seconds, false});
    }
  }
  return "<h2>Bytes against time</h2>\n" + chart.svg() +
         "<p class=\"note\">Left and low is better; both axes are logarithmic. Small circles: one pass "
         "switched off.</p>\n";
}

std::string ablation_section(const Ablation& ablation) {
  const AblationEntry& all = ablation.entries.front();
  StackedBars chart{fmt::format("{} without each pass", ablation.profile),
                    "Bytes with all passes on, then with each one switched off alone.",
                    "MB",
                    {"with all passes", "more without this one"},
                    {}};
  PageTable table(
      {"without", "bytes", "difference", "rounds", "difference", "seconds (predicted)", "difference"});
  for (const AblationEntry& entry : ablation.entries) {
    const bool first = entry.without.empty();
    const std::string name = first ? "(none)" : entry.without;
    const auto percent = [&](auto value, auto base) {
      if (first || base == 0) return std::string();
      return fmt::format("{:+.1f} %", (static_cast<double>(value) / static_cast<double>(base) - 1) * 100);
    };
    const double shared = megabytes(std::min(entry.bytes, all.bytes));
    const double more = megabytes(entry.bytes) - shared;
    BarGroup group{
        name, {{fmt::format("{:.4g} MB {}", megabytes(entry.bytes), percent(entry.bytes, all.bytes)), {}}}};
    group.bars.front().segments.push_back({0, shared, fmt::format("{:.3f} MB", shared)});
    if (more > 0) group.bars.front().segments.push_back({1, more, fmt::format("{:.3f} MB more", more)});
    chart.groups.push_back(std::move(group));
    table.add_row({name, fmt::format("{}", entry.bytes), percent(entry.bytes, all.bytes),
                   fmt::format("{}", entry.rounds), percent(entry.rounds, all.rounds),
                   fmt::format("{:.3f}", entry.seconds), percent(entry.seconds, all.seconds)});
  }
  return fmt::format("<h2>Ablation: {}</h2>\n{}{}{}", escape_markup(ablation.profile), legend(chart.series),
                     chart.svg(), table.html());
}

}  // namespace

std::string compare_page(const Comparison& comparison) {
  std::string body = heading(comparison) + profiles_section(comparison) + pareto_section(comparison);
  for (const Ablation& ablation : comparison.ablations) body += ablation_section(ablation);
  body += layers_section(comparison);
  return html_page(comparison.network + ": private inference compared", body);
}

}  // namespace privquant
