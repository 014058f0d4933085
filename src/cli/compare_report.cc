#include "cli/compare_report.h"

#include <fmt/format.h>

#include "cli/table.h"

namespace privquant {

namespace {

using nlohmann::ordered_json;

std::string seconds_text(double seconds) { return fmt::format("{:.3f}", seconds); }

std::string ratio(double value, double best) {
  return best > 0 ? fmt::format("{:.2f}×", value / best) : std::string("");
}

std::string difference(double value, double base) {
  return base > 0 ? fmt::format("{:+.1f} %", (value / base - 1) * 100) : std::string("");
}

ordered_json to_json(const ComparedLayer& layer) {
  return {{"name", layer.name},
          {"operator", layer.op},
          {"protocol", layer.protocol},
          {"bytes", layer.bytes},
          {"bytes_online", layer.bytes_online},
          {"rounds", layer.rounds},
          {"seconds", layer.seconds},
          {"by_functionality", layer.by_functionality}};
}

ordered_json to_json(const ComparedProfile& profile) {
  ordered_json layers = ordered_json::array();
  for (const ComparedLayer& layer : profile.layers) layers.push_back(to_json(layer));
  ordered_json result{{"name", profile.name},        {"ot", profile.extension},
                      {"linear", profile.linear},    {"round_bytes", profile.round_bytes},
                      {"bytes", profile.bytes},      {"bytes_online", profile.bytes_online},
                      {"rounds", profile.rounds},    {"rounds_online", profile.rounds_online},
                      {"seconds", profile.seconds},  {"seconds_online", profile.seconds_online},
                      {"measured", profile.measured}};
  if (profile.measured) {
    if (profile.predicted_seconds) result["seconds_predicted"] = *profile.predicted_seconds;
    result["server_peak_bytes"] = profile.server_peak_bytes;
    result["client_peak_bytes"] = profile.client_peak_bytes;
  }
  result["layers"] = std::move(layers);
  return result;
}

std::string profiles_text(const Comparison& comparison) {
  Table table({{"profile", Align::left},
               {"OT", Align::left},
               {"MB"},
               {"online MB"},
               {"rounds"},
               {"online"},
               {"s"},
               {"online s"},
               {" MB"},
               {"online MB"},
               {"rounds"},
               {"s"},
               {" seconds", Align::left}});
  const ComparedProfile& base = comparison.profiles.back();
  for (const ComparedProfile& profile : comparison.profiles) {
    const auto times = [](auto value, auto other) {
      return ratio(static_cast<double>(value), static_cast<double>(other));
    };
    std::string how = profile.measured ? " measured" : " predicted";
    if (profile.measured && profile.predicted_seconds)
      how += fmt::format(" (predicted {:.3f})", *profile.predicted_seconds);
    table.add_row({profile.name, profile.extension, megabytes_text(profile.bytes),
                   megabytes_text(profile.bytes_online), fmt::format("{}", profile.rounds),
                   fmt::format("{}", profile.rounds_online), seconds_text(profile.seconds),
                   seconds_text(profile.seconds_online), times(profile.bytes, base.bytes),
                   times(profile.bytes_online, base.bytes_online), times(profile.rounds, base.rounds),
                   times(profile.seconds, base.seconds), how});
  }
  return table.text() + fmt::format("× as many as {}; set-up apart\n", base.name);
}

std::string memory_text(const Comparison& comparison) {
  std::string text;
  for (const ComparedProfile& profile : comparison.profiles) {
    if (!profile.measured) continue;
    text += fmt::format("{}: peak memory {:.0f} MiB server, {:.0f} MiB client\n", profile.name,
                        static_cast<double>(profile.server_peak_bytes) / (1 << 20),
                        static_cast<double>(profile.client_peak_bytes) / (1 << 20));
  }
  return text;
}

std::string ablation_text(const Ablation& ablation) {
  Table table({{"without", Align::left}, {"MB"}, {"more"}, {"rounds"}, {"more"}, {"predicted s"}, {"more"}});
  const AblationEntry& all = ablation.entries.front();
  for (const AblationEntry& entry : ablation.entries) {
    const bool first = &entry == &all;
    const auto more = [&](auto value, auto base) {
      return first ? std::string("") : difference(static_cast<double>(value), static_cast<double>(base));
    };
    table.add_row({first ? "(none: all passes on)" : entry.without, megabytes_text(entry.bytes),
                   more(entry.bytes, all.bytes), fmt::format("{}", entry.rounds),
                   more(entry.rounds, all.rounds), seconds_text(entry.seconds),
                   more(entry.seconds, all.seconds)});
  }
  return fmt::format("\nprofile {}, each pass switched off alone\n{}", ablation.profile, table.text());
}

}  // namespace

ComparedProfile predicted_profile(const Graph& graph, const std::string& name, const PlanReport& report) {
  ComparedProfile profile;
  profile.name = name;
  profile.extension = name_of(report.extension);
  profile.linear = name_of(report.linear);
  profile.round_bytes = report.round_bytes;
  profile.bytes = report.bytes();
  profile.bytes_online = report.online.bytes();
  profile.rounds = report.rounds();
  profile.rounds_online = report.online.rounds;
  profile.seconds = report.time.seconds();
  profile.seconds_online = report.time.online;
  for (const LayerReport& layer : report.layers) {
    const Node& node = graph.nodes[layer.node];
    profile.layers.push_back({node.name, operator_name(node.op), layer.protocol, layer.bytes(),
                              layer.online.bytes(), layer.online.rounds, layer.seconds,
                              layer.by_functionality});
  }
  return profile;
}

ComparedProfile measured_profile(const Graph& graph, const std::string& name, const PlanReport& report,
                                 const Measurement& measured) {
  ComparedProfile profile = predicted_profile(graph, name, report);
  const Traffic preparation = measured.total(Phase::preparation);
  const Traffic online = measured.total(Phase::online);
  profile.measured = true;
  profile.predicted_seconds = profile.seconds;
  profile.bytes = preparation.bytes() + online.bytes();
  profile.bytes_online = online.bytes();
  profile.rounds = preparation.rounds + online.rounds;
  profile.rounds_online = online.rounds;
  profile.seconds = preparation.seconds + online.seconds;
  profile.seconds_online = online.seconds;
  profile.server_peak_bytes = measured.server_peak_bytes;
  profile.client_peak_bytes = measured.client_peak_bytes;
  std::map<std::string, Traffic> by_layer;
  for (const auto& [label, traffic] : measured.traffic) {
    if (label.phase == Phase::online) by_layer[label.layer] += traffic;
  }
  for (std::size_t i = 0; i < profile.layers.size(); ++i) {
    ComparedLayer& layer = profile.layers[i];
    const LayerReport& planned = report.layers[i];
    const Traffic& traffic = by_layer[layer.name];
    // Preparation is measured as a whole; each layer has its part of it by the plan's exact cost.
    layer.bytes = planned.preparation_bytes + traffic.bytes();
    layer.bytes_online = traffic.bytes();
    layer.rounds = traffic.rounds;
    layer.seconds = traffic.seconds;
    if (report.preparation.bytes() != 0) {
      layer.seconds += preparation.seconds * static_cast<double>(planned.preparation_bytes) /
                       static_cast<double>(report.preparation.bytes());
    }
  }
  return profile;
}

ordered_json to_json(const Comparison& comparison) {
  ordered_json profiles = ordered_json::array();
  for (const ComparedProfile& profile : comparison.profiles) profiles.push_back(to_json(profile));
  ordered_json result{{"network", comparison.network},
                      {"link", comparison.link},
                      {"profiles", std::move(profiles)},
                      {"threads", comparison.threads}};
  if (comparison.ablations.empty()) return result;
  ordered_json ablations = ordered_json::array();
  for (const Ablation& ablation : comparison.ablations) {
    ordered_json entries = ordered_json::array();
    for (const AblationEntry& entry : ablation.entries) {
      entries.push_back({{"without", entry.without},
                         {"bytes", entry.bytes},
                         {"bytes_online", entry.bytes_online},
                         {"rounds", entry.rounds},
                         {"seconds", entry.seconds}});
    }
    ablations.push_back({{"profile", ablation.profile}, {"entries", std::move(entries)}});
  }
  result["ablation"] = std::move(ablations);
  return result;
}

std::string threads_text(const Comparison& comparison) {
  return comparison.threads == 1 ? ""
                                 : fmt::format(", {} threads prepare for each party", comparison.threads);
}

std::string to_text(const Comparison& comparison) {
  std::string text = fmt::format("{}, link {}{}\n{}\n\n", comparison.network, comparison.link,
                                 threads_text(comparison), comparison.calibration);
  text += profiles_text(comparison) + memory_text(comparison);
  for (const Ablation& ablation : comparison.ablations) text += ablation_text(ablation);
  return text;
}

}  // namespace privquant
