// The weight widths of inner convolutions that a bit search found at budgets, which are fractions of the
// communication of 8-bit weights.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "nn/zoo.h"

namespace privquant {

namespace {

struct Budget {
  std::string_view network;
  double fraction;
  int activation_bits;
  std::string_view weight_bits;  // a digit for each inner convolution
};

constexpr std::array<Budget, 7> budgets{{
    {"resnet32", 0.30, 6, "222222323242222222224222222222"},
    {"resnet32", 0.37, 6, "322222424242224242424443333333"},
    {"resnet32", 0.40, 6, "442232424242324232324443444343"},
    {"resnet32", 0.45, 6, "444233434244434342434444444343"},
    {"minionn", 0.29, 4, "222484"},
    {"minionn", 0.40, 4, "244888"},
    {"minionn", 0.50, 4, "444488"},
}};

/// "minionn (0.29, 0.4, 0.5), ..."
std::string known_budgets() {
  std::string text;
  std::string_view last;
  for (const Budget& budget : budgets) {
    text += budget.network == last ? ", " : fmt::format("{}{} (", last.empty() ? "" : "), ", budget.network);
    text += fmt::format("{:.2f}", budget.fraction);
    last = budget.network;
  }
  return text + ")";
}

}  // namespace

ZooWidths zoo_budget(std::string_view network, std::string_view fraction) {
  double wanted = 0;
  const auto [end, problem] = std::from_chars(fraction.data(), fraction.data() + fraction.size(), wanted);
  const bool is_number = problem == std::errc{} && end == fraction.data() + fraction.size();
  const auto* const found = std::find_if(budgets.begin(), budgets.end(), [&](const Budget& budget) {
    return is_number && budget.network == network && budget.fraction == wanted;
  });
  if (found == budgets.end()) {
    fail(ErrorCode::usage, "there are no widths for {} at the budget \"{}\"; choose one of {}", network,
         fraction, known_budgets());
  }
  ZooWidths widths;
  widths.activation_bits = found->activation_bits;
  for (const char digit : found->weight_bits) widths.inner_weight_bits.push_back(digit - '0');
  return widths;
}

}  // namespace privquant
