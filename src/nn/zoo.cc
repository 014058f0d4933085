#include "nn/zoo.h"

#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "nn/limits.h"
#include "nn/zoo_networks.h"

namespace privquant {

namespace {

struct Entry {
  const char* name;
  Model (*make)(const ZooTask& task);
};

constexpr std::array<Entry, 9> entries{{
    {"minionn", make_minionn},
    {"resnet20", [](const ZooTask& task) { return make_cifar_resnet(task, 3); }},
    {"resnet32", [](const ZooTask& task) { return make_cifar_resnet(task, 5); }},
    {"resnet18-tiny", make_tiny_imagenet_resnet18},
    {"resnet18", make_resnet18},
    {"resnet50", make_resnet50},
    {"mobilenetv2", make_mobilenetv2},
    {"squeezenet", make_squeezenet},
    {"tiny", make_tiny},
}};

void check_widths(const ZooWidths& widths) {
  for (const int bits :
       {widths.weight_bits, widths.activation_bits, widths.residual_bits, widths.edge_bits}) {
    if (bits < 2 || bits > max_weight_bits) {
      fail(ErrorCode::usage, "a width of {} bits; networks of the zoo take 2 to {}", bits, max_weight_bits);
    }
  }
}

}  // namespace

std::vector<std::string> zoo_names() {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.emplace_back(entry.name);
  return names;
}

Model make_zoo_model(const std::string& name, const ZooWidths& widths, std::uint64_t seed) {
  check_widths(widths);
  for (const Entry& entry : entries) {
    if (name == entry.name) return entry.make({name, widths, seed});
  }
  fail(ErrorCode::usage, "there is no network \"{}\"; choose one of {}", name, fmt::join(zoo_names(), ", "));
}

}  // namespace privquant
