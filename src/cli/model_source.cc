#include "cli/model_source.h"

#include <string_view>

#include "nn/model_file.h"
#include "nn/zoo_reference.h"

namespace privquant {

namespace {

constexpr std::string_view zoo_prefix = "zoo:";

}  // namespace

ProfiledModel parse_profiled_model(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool is_zoo(const std::string& source) { return source.starts_with(zoo_prefix); }

Model open_model(const std::string& source, std::uint64_t seed) {
  if (!is_zoo(source)) return load_model(source);
  const ZooReference reference = parse_zoo_reference(std::string_view(source).substr(zoo_prefix.size()));
  return make_zoo_model(reference.name, reference.widths, seed);
}

Graph open_graph(const std::string& source) {
  return is_zoo(source) ? open_model(source).graph : load_graph(source);
}

}  // namespace privquant
