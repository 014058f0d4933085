#include "plan/plan_summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace privquant {
namespace {

std::string linear_text(const Plan& plan) {
  const std::size_t lattices = lattice_steps(plan).size();
  const auto ots = std::count_if(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return std::holds_alternative<step::Convolve>(step.operation);
  });
  if (lattices == 0) return "OTs";
  if (ots == 0) return "lattices";
  return fmt::format("lattices ({}) and OTs ({})", lattices, ots);
}

}  // namespace

std::string summary_of(const Plan& plan) {
  std::string text = fmt::format("profile {}", plan.options.profile);
  if (!plan.options.without.empty())
    text += fmt::format(" without {}", fmt::join(plan.options.without, ", "));
  return text + fmt::format(", OT extension {}, linear layers by {}",
                            name_of(plan.protocol_choices.extension), linear_text(plan));
}

}  // namespace privquant
