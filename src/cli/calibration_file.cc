#include "cli/calibration_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"

namespace privquant {

namespace {

constexpr const char* advice = "run privquant calibrate to measure this machine";

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return {};
}

/// Whether `document` has `name` with just this text; another type is no error.
bool says(const nlohmann::json& document, const char* name, const std::string& text) {
  const auto value = document.find(name);
  return value != document.end() && value->is_string() && value->get<std::string>() == text;
}

/// What a file says: a calibration, or why it is none of this machine.
struct Parsed {
  std::optional<Calibration> calibration;
  std::string reason;
};

Parsed parse(std::istream& file) {
  Parsed strange{std::nullopt, "is of another machine or damaged"};
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (!document.is_object() || !says(document, "host", host_name()) ||
      !says(document, "processor", processor_name())) {
    return strange;
  }
  const auto seconds = document.find("seconds");
  if (seconds == document.end() || !seconds->is_object()) return strange;
  Calibration calibration;
  for (std::size_t i = 0; i < work_kinds; ++i) {
    const auto kind = static_cast<WorkKind>(i);
    const auto value = seconds->find(name_of(kind));
    // Built-in figures beside measured ones would make one extension look better than another.
    if (value == seconds->end())
      return {std::nullopt, fmt::format("lacks '{}': another version measured it", name_of(kind))};
    if (!value->is_number()) return strange;
    calibration[kind] = value->get<double>();
    if (!(calibration[kind] >= 0) || !std::isfinite(calibration[kind])) return strange;
  }
  return {calibration, {}};
}

}  // namespace

std::filesystem::path calibration_path() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes it
    return std::string(value == nullptr ? "" : value);
  };
  std::filesystem::path cache = variable("XDG_CACHE_HOME");
  if (cache.empty()) {
    const std::string home = variable("HOME");
    if (home.empty()) {
      fail(ErrorCode::usage,
           "neither XDG_CACHE_HOME nor HOME is set; name the calibration's file with --output");
    }
    cache = std::filesystem::path(home) / ".cache";
  }
  return cache / "privquant" / "calibration.json";
}

void save_calibration(const Calibration& calibration, const std::filesystem::path& path) {
  nlohmann::ordered_json seconds;
  for (std::size_t i = 0; i < work_kinds; ++i) {
    const auto kind = static_cast<WorkKind>(i);
    seconds[std::string(name_of(kind))] = calibration[kind];
  }
  const nlohmann::ordered_json document{
      {"host", host_name()}, {"processor", processor_name()}, {"seconds", seconds}};
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  std::ofstream file(path);
  file << document.dump(2) << '\n';
  file.flush();
  if (!file) {
    fail(ErrorCode::file, "cannot write {}; choose a file in a folder you may write to with --output",
         path.string());
  }
}

ChosenCalibration choose_calibration() {
  const auto built_in = [](const std::string& reason) {
    return ChosenCalibration{default_calibration(),
                             fmt::format("seconds by the built-in calibration{}; {}", reason, advice)};
  };
  std::filesystem::path path;
  try {
    path = calibration_path();
  } catch (const Error&) {  // no folder to look in
    return built_in("");
  }
  std::ifstream file(path);
  if (!file) return built_in("");
  const Parsed kept = parse(file);
  if (!kept.calibration) return built_in(fmt::format(", since {} {}", path.string(), kept.reason));
  return {*kept.calibration, fmt::format("seconds by the calibration in {}", path.string())};
}

}  // namespace privquant
