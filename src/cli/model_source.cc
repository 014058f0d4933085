#include "cli/model_source.h"

#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "nn/model_file.h"
#include "nn/zoo.h"

namespace privquant {

namespace {

constexpr std::string_view zoo_prefix = "zoo:";

/// Takes "LETTER NUMBER" from the front of `text`.
std::optional<int> take_bits(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return std::nullopt;
  int bits = 0;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), bits);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return bits;
}

Model open_zoo(std::string_view text, std::uint64_t seed) {
  ZooWidths widths;
  const auto colon = text.find(':');
  const std::string name(text.substr(0, colon));
  if (colon != std::string_view::npos) {
    std::string_view rest = text.substr(colon + 1);
    const auto weights = take_bits(rest, 'w');
    const auto activations = take_bits(rest, 'a');
    if (!weights || !rest.empty()) {
      fail(ErrorCode::usage, "'{}' gives no widths; write zoo:{}:w4a4, or zoo:{} for 8 bits", text, name,
           name);
    }
    widths.weight_bits = *weights;
    widths.activation_bits = activations.value_or(widths.activation_bits);
  }
  return make_zoo_model(name, widths, seed);
}

}  // namespace

bool is_zoo(const std::string& source) { return source.starts_with(zoo_prefix); }

Model open_model(const std::string& source, std::uint64_t seed) {
  if (is_zoo(source)) return open_zoo(std::string_view(source).substr(zoo_prefix.size()), seed);
  return load_model(source);
}

}  // namespace privquant
