#include "nn/zoo_reference.h"

#include <charconv>
#include <optional>

#include "base/error.h"

namespace privquant {

namespace {

/// Takes "SIGN NUMBER" from the front of `text`.
std::optional<int> take_bits(std::string_view& text, char sign) {
  if (text.empty() || text.front() != sign) return std::nullopt;
  int bits = 0;
  const auto [end, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), bits);
  if (problem != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return bits;
}

/// Of all of `text`, or nothing.
std::optional<ZooWidths> parse_widths(std::string_view text) {
  ZooWidths widths;
  std::vector<int> weights;
  for (char sign = 'w'; const auto bits = take_bits(text, sign); sign = '.') weights.push_back(*bits);
  if (weights.empty()) return std::nullopt;
  if (weights.size() == 1) {
    widths.weight_bits = weights.front();
  } else {
    widths.inner_weight_bits = weights;
  }
  widths.activation_bits = take_bits(text, 'a').value_or(widths.activation_bits);
  widths.residual_bits = take_bits(text, 'r').value_or(widths.residual_bits);
  widths.edge_bits = take_bits(text, 'e').value_or(widths.edge_bits);
  return text.empty() ? std::optional(widths) : std::nullopt;
}

}  // namespace

ZooReference parse_zoo_reference(std::string_view text) {
  const auto colon = text.find(':');
  ZooReference reference{std::string(text.substr(0, colon)), {}};
  if (colon == std::string_view::npos) return reference;
  const std::string_view rest = text.substr(colon + 1);
  if (rest.starts_with('b')) {
    reference.widths = zoo_budget(reference.name, rest.substr(1));
    return reference;
  }
  const auto widths = parse_widths(rest);
  if (!widths) {
    fail(ErrorCode::usage,
         "'{}' gives no widths; write {}:w4a4, {}:w4.2.3a4 with a width for each inner convolution, or {} "
         "for 8 bits",
         text, reference.name, reference.name, reference.name);
  }
  reference.widths = *widths;
  return reference;
}

}  // namespace privquant
