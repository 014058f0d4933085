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
  std::size_t inner_convolutions;
  Model (*make)(const ZooTask& task);
};

constexpr std::array<Entry, 10> entries{{
    {"minionn", 6, make_minionn},
    {"resnet20", 18, [](const ZooTask& task) { return make_cifar_resnet(task, 3, 10); }},
    {"resnet32", 30, [](const ZooTask& task) { return make_cifar_resnet(task, 5, 100); }},
    {"resnet18-tiny", 16, make_tiny_imagenet_resnet18},
    {"mobilenetv2-tiny", 34, make_tiny_imagenet_mobilenetv2},
    {"resnet18", 16, make_resnet18},
    {"resnet50", 48, make_resnet50},
    {"mobilenetv2", 34, make_mobilenetv2},
    {"squeezenet", 24, make_squeezenet},
    {"tiny", 2, make_tiny},
}};

void check_widths(const Entry& entry, const ZooWidths& widths) {
  const std::vector<int>& inner = widths.inner_weight_bits;
  if (!inner.empty() && inner.size() != entry.inner_convolutions) {
    fail(ErrorCode::usage, "{} widths for {}, which has {} inner convolutions", inner.size(), entry.name,
         entry.inner_convolutions);
  }
  std::vector<int> all = inner;
  all.insert(all.end(), {widths.weight_bits, widths.activation_bits, widths.residual_bits, widths.edge_bits});
  for (const int bits : all) {
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
  for (const Entry& entry : entries) {
    if (name != entry.name) continue;
    check_widths(entry, widths);
    return entry.make({name, widths, seed});
  }
  fail(ErrorCode::usage, "there is no network \"{}\"; choose one of {}", name, fmt::join(zoo_names(), ", "));
}

}  // namespace privquant
